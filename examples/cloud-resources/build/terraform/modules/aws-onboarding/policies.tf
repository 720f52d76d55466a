# The two policies of the role, as plain values: no provider is needed to read, print or test them.

locals {
  trust_policy = {
    Version = "2012-10-17"
    Statement = [
      merge(
        {
          Sid       = "TrustedPrincipals"
          Effect    = "Allow"
          Action    = "sts:AssumeRole"
          Principal = { AWS = sort(distinct(var.trusted_principals)) }
        },
        var.external_id == null ? {} : {
          Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
        },
      ),
    ]
  }

  # None of these actions can be narrowed to single resources, so `*` is the only resource AWS accepts; the
  # regions are what can be narrowed.
  only_these_regions = {
    StringEquals = { "aws:RequestedRegion" = sort(distinct(var.regions)) }
  }

  discovery_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid    = "DiscoverInstances"
          Effect = "Allow"
          Action = [
            "ec2:DescribeAvailabilityZones", # zone names to zone IDs, which Prometheus puts on each target
            "ec2:DescribeInstances",         # the targets themselves: addresses, tags, state
          ]
          Resource  = "*"
          Condition = local.only_these_regions
        },
      ],
      var.cloudwatch ? [
        {
          Sid    = "ReadMetrics"
          Effect = "Allow"
          Action = [
            "cloudwatch:GetMetricData", # the values
            "cloudwatch:ListMetrics",   # which metrics and dimensions there are
            "tag:GetResources",         # which resources carry the tags that select them
          ]
          Resource  = "*"
          Condition = local.only_these_regions
        },
      ] : [],
    )
  }
}
