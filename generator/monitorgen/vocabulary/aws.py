"""The typed scalars of an AWS account: its number, regions, role, principals and tags.

Shapes are AWS's own (IAM and STS API references, "IAM and STS character limits"; tag limits of the tagging
user guide). Whether a region exists is not checked: AWS adds some every year.
"""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from monitorgen.vocabulary.fields import BAD_SCALAR, Text, invalid

__all__ = [
    "AccountId",
    "Principal",
    "Principals",
    "Region",
    "Regions",
    "RoleName",
    "Tags",
    "partition",
]

_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_ACCOUNT: Final = "[0-9]{12}"
_REGION: Final = "[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}"
_ROLE: Final = r"[A-Za-z0-9_+=,.@-]{1,64}"
_PRINCIPAL: Final = rf"arn:aws[a-z-]*:iam::{_ACCOUNT}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]{{1,512}})"


def partition(region: str) -> str:
    """The part of AWS a region belongs to, as the second field of its ARNs has it: `aws` for nearly all."""
    return next((name for prefix, name in _PARTITIONS if region.startswith(prefix)), "aws")


def _shaped(pattern: str, what: str, hint: str) -> BeforeValidator:
    shape = re.compile(pattern)

    def check(value: Any) -> str:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if shape.fullmatch(text):
            return text
        shown = f", found `{text[:60]}`" if text else ""
        raise invalid(BAD_SCALAR, f"expected {what}{shown}", hint)

    return BeforeValidator(check)


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


def _regions(regions: list[str]) -> list[str]:
    _some(regions)
    if len(set(regions)) < len(regions):
        raise invalid(BAD_SCALAR, "a region is named twice")
    if len({partition(region) for region in regions}) > 1:
        raise invalid(
            BAD_SCALAR,
            "these regions belong to different partitions of AWS",
            "an account has regions of one partition only: commercial, China or GovCloud",
        )
    return regions


def _some(values: list[str]) -> list[str]:
    if not values:
        raise invalid(BAD_SCALAR, "expected at least one entry")
    return values


def _tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > 50:
        raise invalid(BAD_SCALAR, f"{len(tags)} tags are more than the 50 that AWS keeps")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise invalid(
                BAD_SCALAR,
                f"`{key[:60]}` is no key of a tag",
                "1 to 128 characters, not beginning with `aws:`",
            )
        if len(value) > 256:
            raise invalid(BAD_SCALAR, f"the tag `{key}` is longer than the 256 characters that AWS keeps")
    return tags


AccountId = Annotated[
    str,
    _shaped(_ACCOUNT, "the twelve digits of an AWS account", "write them without hyphens, in quotes"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{_ACCOUNT}$"},
                {"type": "integer", "maximum": 999999999999},
            ]
        }
    ),
]
"""The number of an account, with its leading zeros."""

Region = Annotated[str, _shaped(_REGION, "an AWS region", "such as eu-west-1"), _schema(_REGION)]
Regions = Annotated[
    list[Region], AfterValidator(_regions), Field(json_schema_extra={"minItems": 1, "uniqueItems": True})
]
"""At least one region, none twice, all of one partition."""

RoleName = Annotated[
    str,
    _shaped(_ROLE, "a role's name", "at most 64 letters, digits and characters of `_+=,.@-`"),
    _schema(_ROLE),
]
Principal = Annotated[
    str,
    _shaped(
        _PRINCIPAL,
        "the ARN of an IAM role or user, or of an account's root",
        "such as arn:aws:iam::123456789012:role/prometheus; wildcards would let anyone in",
    ),
    _schema(_PRINCIPAL),
]
Principals = Annotated[list[Principal], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]
"""Who may take a role: at least one."""

Tags = Annotated[dict[Text, Text], AfterValidator(_tags), Field(json_schema_extra={"maxProperties": 50})]
"""Tags as AWS keeps them."""
