"""A cloud account of the spec, as Terraform's settings and as the role that discovery takes."""

import pytest

from monitorgen.lower.clouds import accounts, aws_role_arn
from monitorgen.model.stack import CloudAccount
from monitorgen.spec.sections import AwsAccount, Clouds

PRINCIPAL = "arn:aws:iam::111122223333:role/prometheus"


def account(**fields: object) -> AwsAccount:
    given = {"account_id": "012345678901", "regions": ["eu-west-1"], "trusted_principals": [PRINCIPAL]}
    return AwsAccount.model_validate(given | fields)


def test_no_cloud_makes_no_account() -> None:
    assert accounts(Clouds()) == ()


def test_an_account_carries_the_modules_settings_and_its_number() -> None:
    aws = account(cloudwatch="no", tags={"owner": "platform"}, regions=["eu-west-1", "eu-central-1"])
    assert accounts(Clouds(aws=aws)) == (
        CloudAccount(
            "aws",
            "aws",
            {
                "account_id": "012345678901",
                "role_name": "monitorgen-discovery",
                "trusted_principals": [PRINCIPAL],
                "cloudwatch": False,
                "tags": {"owner": "platform"},
            },
            ("eu-west-1", "eu-central-1"),
        ),
    )


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-west-1", "arn:aws:iam::012345678901:role/monitorgen-discovery"),
        ("cn-north-1", "arn:aws-cn:iam::012345678901:role/monitorgen-discovery"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::012345678901:role/monitorgen-discovery"),
    ],
)
def test_the_role_is_known_before_it_is_made(region: str, arn: str) -> None:
    assert aws_role_arn(account(regions=[region])) == arn
