"""How to get in: credentials and TLS, the same fields wherever a server of the stack is an HTTP client."""

from typing import Any, Self

from pydantic import model_validator

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.fields import Boolean, Text, example, invalid
from monitorgen.vocabulary.secrets import Secret, SecretFile

__all__ = ["CODES", "Access", "BasicAuth", "Tls", "client_settings"]

_CHECK = """    checks:
      health: {type: http, url: "https://checkout.acme.example", alert: {severity: high}, LINE}
"""


def _with_check(line: str) -> str:
    return example("").replace("    alerts:\n", _CHECK.replace("LINE", line) + "    alerts:\n")


TWO_CREDENTIALS = Code(
    "MG0220",
    "two ways of proving who one is",
    "A request carries one Authorization header. The servers refuse a configuration that asks for both a "
    "user with a password and a token.",
    bad=_with_check("basic_auth: {username: a, password: {file: /p}}, bearer_token: {file: /t}"),
    good=_with_check("bearer_token: {file: /t}"),
)
HALF_A_CERTIFICATE = Code(
    "MG0221",
    "a client certificate without its key, or a key without its certificate",
    "A client proves itself with both. The servers refuse a configuration that has only one of them.",
    bad=_with_check("tls: {cert_file: /etc/tls/client.crt}"),
    good=_with_check("tls: {cert_file: /etc/tls/client.crt, key_file: /etc/tls/client.key}"),
)
CODES = (TWO_CREDENTIALS, HALF_A_CERTIFICATE)


class BasicAuth(Model):
    """A user name and a password by reference."""

    username: Text
    """The name to log in with."""
    password: Secret
    """The password to log in with."""


class Tls(Model):
    """How to trust, and be trusted by, the other side. Paths are on the server that connects."""

    ca_file: Text | None = None
    """The authorities to trust, instead of the system's."""
    cert_file: Text | None = None
    """The certificate to show."""
    key_file: Text | None = None
    """The key of that certificate."""
    server_name: Text | None = None
    """The name the other side's certificate must be for, where it is not the one connected to."""
    insecure_skip_verify: Boolean | None = None
    """`true` believes any certificate."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            missing, given = (
                ("cert_file", "key_file") if self.cert_file is None else ("key_file", "cert_file")
            )
            raise invalid(HALF_A_CERTIFICATE, f"`{given}` needs `{missing}` beside it")
        return self

    def config(self) -> dict[str, Any]:
        """The `tls_config` of Prometheus and blackbox_exporter: what was given, and nothing else."""
        return {key: value for key, value in self if value is not None}


class Access(Model):
    """The fields of an HTTP client: at most one kind of credentials, and TLS."""

    basic_auth: BasicAuth | None = None
    """User and password."""
    bearer_token: Secret | None = None
    """A token, sent as `Authorization: Bearer`."""
    tls: Tls | None = None
    """How to trust, and be trusted by, the other side."""

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.basic_auth is not None and self.bearer_token is not None:
            raise invalid(
                TWO_CREDENTIALS,
                "`basic_auth` and `bearer_token` cannot both be sent",
                "keep the one the other side asks for",
            )
        return self

    def client_settings(self) -> dict[str, Any]:
        """The fields as the configuration of the servers spells them."""
        return client_settings(self.basic_auth, self.bearer_token, self.tls)


def client_settings(
    basic_auth: BasicAuth | None, bearer_token: SecretFile | None, tls: Tls | None
) -> dict[str, Any]:
    """Credentials and TLS as Prometheus and blackbox_exporter spell them."""
    settings: dict[str, Any] = {}
    if basic_auth is not None:
        settings["basic_auth"] = {"username": basic_auth.username, "password_file": basic_auth.password.file}
    if bearer_token is not None:
        # Bearer is the default, but Prometheus 2.42 forgets it where it asks an inventory for targets.
        settings["authorization"] = {"type": "Bearer", "credentials_file": bearer_token.file}
    if tls is not None:
        settings["tls_config"] = tls.config()
    return settings
