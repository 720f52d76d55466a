"""Who may do what at the receiver: roles, the users that a token names, and whose tokens are believed."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.fields import BAD_NAME, Duration, Name, Names, Text, example, invalid
from monitorgen.vocabulary.headers import OpenUrl

__all__ = [
    "BUILT_IN_ROLES",
    "CODES",
    "PERMISSIONS",
    "Algorithm",
    "Permission",
    "ReceiverJwt",
    "ReceiverUser",
    "UserName",
]

Permission = Literal[
    "read",
    "acknowledge",
    "suppress",
    "resolve",
    "assign",
    "comment",
    "silence",
    "effects",
    "audit",
    "reports",
    "admin",
]
"""Something that a role may allow. `admin` allows everything."""

PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""A way of signing tokens with a key pair."""

BUILT_IN_ROLES: Final[Mapping[str, tuple[Permission, ...]]] = {
    "viewer": ("read", "reports"),
    "responder": (
        *("read", "acknowledge", "suppress", "resolve", "assign", "comment", "silence"),
        *("effects", "reports"),
    ),
    "admin": PERMISSIONS,
}
"""Roles that are there unless a spec gives another meaning to the name."""

_RECEIVER = (
    example("")
    + "audit: {log: audit.db, key: {file: audit.key}}\n"
    + "receiver:\n  sources: {eu1: {token: {file: /run/secrets/eu1}}}\n"
)

NO_KEYS = Code(
    "MG0672",
    "tokens that nothing can check, or two things",
    "A token is worth what its signature is: whoever could choose the keys could be anybody. So it is said "
    "where they are, once.",
    bad=_RECEIVER + "  jwt: {issuer: https://id.acme.example, audience: alerts}\n",
    good=_RECEIVER
    + "  jwt: {issuer: https://id.acme.example, audience: alerts, jwks_file: /etc/keys.json}\n",
)
CODES = (NO_KEYS,)

_USER = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


def _user(value: str) -> str:
    if _USER.fullmatch(value):
        return value
    raise invalid(BAD_NAME, "not the name of a user", "at most 200 characters, without blanks")


UserName = Annotated[
    Text, AfterValidator(_user), WithJsonSchema({"type": "string", "pattern": f"^{_USER.pattern}$"})
]
"""The name of a user as a token says it: `ann`, `ann@acme.example`."""


class ReceiverUser(Model):
    """What somebody may do who shows a token with this name."""

    roles: Names = Field(min_length=1)
    """The roles they have."""
    tenant: Name | None = None
    """The tenant whose alerts they see; without it, everybody's."""


class ReceiverJwt(Model):
    """Whose tokens are believed, and what is read from them."""

    issuer: Text
    """Who has to have issued a token: its claim `iss`."""
    audience: Text
    """For whom a token has to be: its claim `aud`."""
    jwks_url: OpenUrl | None = None
    """Where the issuer's public keys are served."""
    jwks_file: Text | None = None
    """A file with the issuer's public keys, instead."""
    algorithms: list[Algorithm] = Field(["RS256", "ES256"], min_length=1)
    """The ways of signing that are accepted, all of them with a key pair."""
    username_claim: Text = "sub"
    """The claim that names the user."""
    roles_claim: Text | None = None
    """The claim that lists roles. Without it, roles come from `users` alone."""
    tenant_claim: Text | None = None
    """The claim that names the tenant. Without it, the tenant comes from `users` alone."""
    leeway: Duration = 30.0
    """How far the issuer's clock and ours may differ."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise invalid(NO_KEYS, "`jwt` needs either `jwks_url` or `jwks_file`", "say one of the two")
        return self
