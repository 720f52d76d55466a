resource "aws_iam_role" "discovery" {
  name                 = var.role_name
  description          = "Lets Prometheus find its targets${var.cloudwatch ? " and read CloudWatch metrics" : ""}."
  assume_role_policy   = jsonencode(local.trust_policy)
  max_session_duration = 3600 # the least AWS allows; Prometheus renews its session by itself
  tags                 = var.tags
}

resource "aws_iam_role_policy" "discovery" {
  name   = "discovery"
  role   = aws_iam_role.discovery.id
  policy = jsonencode(local.discovery_policy)
}
