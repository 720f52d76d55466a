"""The Alertmanager clusters that post to the receiver, how they prove who they are, and their own API."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.access import TWO_CREDENTIALS, Tls
from monitorgen.vocabulary.amounts import Count, SomeTime
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.fields import Boolean, Name, Text, example, invalid
from monitorgen.vocabulary.headers import OpenUrl
from monitorgen.vocabulary.secrets import OwnSecret

__all__ = ["CODES", "ReceiverSource", "SourceAlertmanager"]

_RECEIVER = example("") + "audit: {log: audit.db, key: {file: audit.key}}\n"

NO_CREDENTIALS = Code(
    "MG0661",
    "a source that does not prove who it is",
    "Whoever reaches the receiver's address could open and close alerts in the source's name, and set off "
    "what follows from them. The tenant, too, comes from the credentials, because labels can lie.",
    bad=_RECEIVER + "receiver: {sources: {eu1: {}}}\n",
    good=_RECEIVER + "receiver: {sources: {eu1: {token: {file: /run/secrets/eu1}}}}\n",
)
HALF_A_LOGIN = Code(
    "MG0662",
    "a user without a password, or a password without a user",
    "Basic authentication takes both: with one alone, nobody could get in.",
    bad=_RECEIVER + "receiver: {sources: {eu1: {username: eu1}}}\n",
    good=_RECEIVER + "receiver: {sources: {eu1: {username: eu1, password: {file: /run/secrets/eu1}}}}\n",
)
CODES = (NO_CREDENTIALS, HALF_A_LOGIN)


class _Login(Model):
    """A token, or a user and a password."""

    token: OwnSecret | None = None
    """A token, sent as `Authorization: Bearer`."""
    username: Text | None = None
    """The user, for HTTP's basic authentication."""
    password: OwnSecret | None = None
    """That user's password."""
    tls: Tls | None = None
    """How the one who connects trusts, and is trusted by, the other side."""

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            given, missing = ("username", "password") if self.password is None else ("password", "username")
            raise invalid(HALF_A_LOGIN, f"`{given}` needs `{missing}` beside it")
        if self.token is not None and self.username is not None:
            raise invalid(TWO_CREDENTIALS, "`token` and `username` cannot both be sent", "keep one of them")
        return self


class SourceAlertmanager(_Login):
    """The API of a source's Alertmanagers: what they hold to be firing, and where silences are made."""

    urls: list[OpenUrl] = Field(min_length=1)
    """Where each Alertmanager of the cluster is served."""
    every: SomeTime = 30.0
    """The time between two looks at what fires there."""
    absent_polls: Annotated[Count, Field(ge=1)] = 3
    """In how many looks in a row an alert has to be missing before it counts as vanished."""
    resend_window: SomeTime = 900.0
    """How long an Alertmanager has to be up before what it does not show counts as missing: by then
    Prometheus has sent everything again."""
    silence: Boolean = True
    """Whether an acknowledgement or a suppression makes a silence there, so that further stages stop."""


class ReceiverSource(_Login):
    """One Alertmanager cluster that posts its alerts."""

    client_certificate: Text | None = None
    """The common name of the client certificate it shows, instead of a token or a password."""
    tenant: Name | None = None
    """The tenant that every alert of this source belongs to, whatever its labels say."""
    default: Boolean = False
    """Whether the Alertmanager that this spec configures is this source; needed where there are several."""
    receiver_name: Name = "monitorgen"
    """What the receiver is called in its Alertmanager's configuration."""
    alertmanager: SourceAlertmanager | None = None
    """Its API. Without it, alerts that end unseen stay open, and acknowledging makes no silence."""

    @model_validator(mode="after")
    def _some_credentials(self) -> Self:
        if self.token is None and self.username is None and self.client_certificate is None:
            raise invalid(
                NO_CREDENTIALS,
                "the source has no credentials",
                "say `token: {file: ...}`, `username:` and `password:`, or `client_certificate:`",
            )
        if self.client_certificate is not None and (self.token or self.username) is not None:
            raise invalid(
                TWO_CREDENTIALS,
                "`client_certificate` stands beside other credentials",
                "keep the one that Alertmanager shows",
            )
        return self
