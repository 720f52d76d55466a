variable "role_name" {
  description = "Name of the role that discovery takes. The role's ARN is made from it, so the spec and the servers rest on it."
  type        = string
  default     = "monitorgen-discovery"

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.role_name))
    error_message = "A role's name has at most 64 letters, digits and characters of _+=,.@-"
  }
}

variable "trusted_principals" {
  description = "ARNs of the IAM roles, users or account roots that may take the role: what Prometheus runs as."
  type        = list(string)

  validation {
    condition     = length(var.trusted_principals) > 0
    error_message = "Name at least one principal: a role that nobody may take discovers nothing."
  }

  validation {
    condition = alltrue([
      for arn in var.trusted_principals :
      can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]{1,512})$", arn))
    ])
    error_message = "Each principal is the ARN of an IAM role or user, or of an account's root; wildcards would let anyone in."
  }
}

variable "external_id" {
  description = "Asked for when the role is taken. Set it where a trusted principal belongs to somebody else."
  type        = string
  default     = null

  validation {
    condition = var.external_id == null ? true : (
      length(var.external_id) >= 2 &&
      length(var.external_id) <= 1224 &&
      can(regex("^[A-Za-z0-9_+=,.@:/-]+$", var.external_id))
    )
    error_message = "An external ID has 2 to 1224 letters, digits and characters of _+=,.@:/-"
  }
}

variable "regions" {
  description = "Regions the role may look at. Calls to any other region are denied."
  type        = list(string)

  validation {
    condition     = length(var.regions) > 0
    error_message = "Name at least one region."
  }

  validation {
    condition     = alltrue([for region in var.regions : can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$", region))])
    error_message = "A region is written as eu-west-1 or us-gov-west-1."
  }
}

variable "cloudwatch" {
  description = "Whether the role may read CloudWatch metrics and the tags of what they are about."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
}
