"""Secrets: always a reference, never the text itself."""

import re
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.fields import example, invalid

__all__ = ["CODES", "ENV_SECRET", "LITERAL_SECRET", "OwnSecret", "Secret", "SecretEnv", "SecretFile"]

_VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"
_CHANNEL = 'type: webhook, url: "http://127.0.0.1:9/hook"'

LITERAL_SECRET = Code(
    "MG0210",
    "a secret written out in the spec",
    "A spec lives in version control, where a secret can be read by everyone for ever. Name the file that "
    "holds it on the server.",
    secret=True,
    bad=example("").replace(_CHANNEL, "type: slack, webhook_url: T0/B0/hunter2"),
    good=example("").replace(_CHANNEL, "type: slack, webhook_url: {file: /run/secrets/slack}"),
)
ENV_SECRET = Code(
    "MG0211",
    "a secret from the environment, for a server that does not read it",
    "Neither Prometheus nor Alertmanager reads environment variables: such a reference would reach the "
    "server as plain text and fail there.",
    bad=example("").replace(_CHANNEL, "type: slack, webhook_url: {env: SLACK_URL}"),
    good=example("").replace(_CHANNEL, "type: slack, webhook_url: {file: /run/secrets/slack}"),
)
CODES = (LITERAL_SECRET, ENV_SECRET)


class SecretFile(NamedTuple):
    """The path, on the server that reads it, of a file that holds the secret."""

    file: str


class SecretEnv(NamedTuple):
    """The name of an environment variable that holds the secret, for what our own runtime reads."""

    env: str


def _own_secret(value: Any) -> SecretFile | SecretEnv:
    if isinstance(value, SecretEnv):
        return value
    if isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str):
        if re.fullmatch(_VARIABLE, value["env"]):
            return SecretEnv(value["env"])
        raise invalid(LITERAL_SECRET, "not the name of an environment variable", "such as {env: AUDIT_KEY}")
    return _secret(value)


def _secret(value: Any) -> SecretFile:
    if isinstance(value, SecretFile):
        return value
    if isinstance(value, dict):
        if set(value) == {"file"} and isinstance(value["file"], str) and value["file"].strip():
            return SecretFile(value["file"])
        if set(value) == {"env"}:
            raise invalid(
                ENV_SECRET,
                "Prometheus and Alertmanager cannot read a secret from the environment",
                "put it in a file on the server and write {file: /path/to/it}",
            )
    if isinstance(value, str) and value:
        # The text itself stays out of the message: diagnostics end up in CI logs.
        raise invalid(
            LITERAL_SECRET, "a secret must not be written into the spec", "write {file: /path/to/it}"
        )
    raise invalid(LITERAL_SECRET, "expected a reference to a secret", "write {file: /path/to/it}")


_FILE_SCHEMA = {
    "type": "object",
    "properties": {"file": {"type": "string", "pattern": r"\S", "description": "A path on the server."}},
    "required": ["file"],
    "additionalProperties": False,
}
_ENV_SCHEMA = {
    "type": "object",
    "properties": {
        "env": {"type": "string", "pattern": f"^{_VARIABLE}$", "description": "An environment variable."}
    },
    "required": ["env"],
    "additionalProperties": False,
}

Secret = Annotated[SecretFile, BeforeValidator(_secret), WithJsonSchema(_FILE_SCHEMA)]
"""A secret by reference: `{file: /run/secrets/name}`."""

OwnSecret = Annotated[
    SecretFile | SecretEnv,
    BeforeValidator(_own_secret),
    WithJsonSchema({"anyOf": [_FILE_SCHEMA, _ENV_SCHEMA]}),
]
"""A secret that our own runtime reads: `{file: /run/secrets/name}` or `{env: NAME}`."""
