"""What an AWS account of a spec may say, and what the validator and the JSON Schema refuse alike."""

import jsonschema
import pytest
from pydantic import ValidationError

from monitorgen.spec.sections import AwsAccount
from monitorgen.vocabulary.fields import BAD_SCALAR

ROLE = "arn:aws:iam::111122223333:role/path/prometheus"
GOOD: dict[str, object] = {
    "account_id": "012345678901",
    "regions": ["eu-west-1"],
    "trusted_principals": [ROLE],
}
SCHEMA = AwsAccount.model_json_schema()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"regions": ["us-gov-west-1", "us-gov-east-1"]},
        {"regions": ["ap-southeast-2", "me-central-1", "mx-central-1"]},
        {"trusted_principals": ["arn:aws-cn:iam::111122223333:root", "arn:aws:iam::111122223333:user/x"]},
        {"role_name": "x" * 64},
        {"tags": {"k" * 128: "v" * 256, "empty": ""}},
        {"cloudwatch": "off"},
    ],
)
def test_good_accounts_pass(fields: dict[str, object]) -> None:
    AwsAccount.model_validate(GOOD | fields)
    jsonschema.validate(GOOD | fields, SCHEMA)


IN_SCHEMA_TOO: tuple[dict[str, object], ...] = (
    {"account_id": "12345678901"},
    {"account_id": "1234-5678-9012"},
    {"regions": []},
    {"regions": ["eu-west"]},
    {"regions": ["EU-WEST-1"]},
    {"regions": ["eu-west-1", "eu-west-1"]},
    {"trusted_principals": []},
    {"trusted_principals": ["*"]},
    {"trusted_principals": ["arn:aws:iam::111122223333:role/*"]},
    {"trusted_principals": ["111122223333"]},
    {"role_name": "two words"},
    {"role_name": "x" * 65},
    {"tags": {f"k{n}": "v" for n in range(51)}},
)
# What a schema cannot say, or (the line end) what its readers in Python do not see.
BEYOND_SCHEMA: tuple[dict[str, object], ...] = (
    {"account_id": "123456789012\n"},
    {"regions": ["eu-west-1", "cn-north-1"]},
    {"tags": {"aws:reserved": "x"}},
    {"tags": {"": "x"}},
    {"tags": {"long": "v" * 257}},
)


@pytest.mark.parametrize("fields", [*IN_SCHEMA_TOO, *BEYOND_SCHEMA], ids=str)
def test_bad_accounts_are_refused_with_a_code(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        AwsAccount.model_validate(GOOD | fields)
    assert {error["type"] for error in caught.value.errors()} == {BAD_SCALAR.id}


@pytest.mark.parametrize("fields", IN_SCHEMA_TOO, ids=str)
def test_editors_refuse_them_too(fields: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(GOOD | fields, SCHEMA)


def test_an_unquoted_number_is_an_account() -> None:
    assert AwsAccount.model_validate(GOOD | {"account_id": 123456789012}).account_id == "123456789012"
    jsonschema.validate(GOOD | {"account_id": 123456789012}, SCHEMA)
