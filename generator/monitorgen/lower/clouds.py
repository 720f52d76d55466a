"""`clouds:` as the accounts that Terraform brings on board, and the roles that discovery takes."""

from monitorgen.model.stack import CloudAccount
from monitorgen.spec.sections import AwsAccount, Clouds
from monitorgen.vocabulary.aws import partition

__all__ = ["accounts", "aws_role_arn"]


def accounts(clouds: Clouds) -> tuple[CloudAccount, ...]:
    """Every account of the spec; `settings` are the onboarding module's variables, and `account_id`."""
    return () if clouds.aws is None else (_aws(clouds.aws),)


def aws_role_arn(account: AwsAccount) -> str:
    """The ARN of the role that the onboarding module makes in `account`, known before it is made."""
    return f"arn:{partition(account.regions[0])}:iam::{account.account_id}:role/{account.role_name}"


def _aws(account: AwsAccount) -> CloudAccount:
    settings = account.model_dump(
        include={"account_id", "role_name", "trusted_principals", "cloudwatch", "tags"}
    )
    return CloudAccount("aws", "aws", settings, tuple(account.regions))
