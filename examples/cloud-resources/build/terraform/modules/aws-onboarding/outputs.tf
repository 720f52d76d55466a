output "role_arn" {
  description = "ARN of the role: `role_arn` of Prometheus's ec2_sd_configs, or of a CloudWatch exporter's configuration."
  value       = aws_iam_role.discovery.arn
}
