"""The `receiver:` section: what the compiler checks, and what the runtime reads again."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from monitorgen.vocabulary.amounts import Count, KeepingTime, Size, SomeTime
from monitorgen.vocabulary.base import Model, empty
from monitorgen.vocabulary.fields import Boolean, HostPort, Name, Names, Text
from monitorgen.vocabulary.headers import OpenUrl
from monitorgen.vocabulary.receiver_access import (
    BUILT_IN_ROLES,
    Permission,
    ReceiverJwt,
    ReceiverUser,
    UserName,
)
from monitorgen.vocabulary.receiver_effects import ReceiverAction, ReceiverNotification
from monitorgen.vocabulary.receiver_sources import ReceiverSource

__all__ = [
    "Receiver",
    "ReceiverAcknowledgement",
    "ReceiverLimits",
    "ReceiverRetention",
    "ReceiverTls",
]


class ReceiverTls(Model):
    """The receiver's own certificate."""

    certificate: Text
    """The file with the certificate, and those between it and its authority."""
    key: Text
    """The file with the certificate's key."""
    client_ca: Text | None = None
    """The file with the authorities whose client certificates are asked for."""


class ReceiverAcknowledgement(Model):
    """What happens when nobody acknowledges, and how long an acknowledgement holds."""

    timeout: SomeTime | None = None
    """The time in which somebody has to acknowledge an alert; without it, nobody is waited for."""
    reminder: SomeTime | None = None
    """The time between two reminders of an alert that timed out."""
    reminders: Count = 3
    """How many reminders there are at most."""
    max: SomeTime | None = None
    """How long an acknowledgement holds at most; then the alert fires as before, and `timeout` runs anew."""
    notify: Names = Field(default_factory=list)
    """The notifications that are sent at the timeout and at each reminder."""
    severities: Names = Field(default_factory=list)
    """The severities that have to be acknowledged; all when empty."""


class ReceiverLimits(Model):
    """How much is taken in."""

    body: Size = 32 << 20
    """The largest request of an Alertmanager. One with 10,000 alerts is 5 MiB."""
    requests_per_minute: Annotated[Count, Field(ge=1)] = 600
    """How many requests of the API one credential makes in a minute. Alertmanager's are never counted."""
    connections: Annotated[Count, Field(ge=1)] = 10000
    """How many connections are open at once."""


class ReceiverRetention(Model):
    """How long things are kept in the database; the audit log has a retention of its own."""

    deliveries: KeepingTime = 2592000.0
    """How long the text of what an Alertmanager sent is kept."""
    episodes: KeepingTime = 34560000.0
    """How long alerts that have ended are kept, with their history."""


class Receiver(Model):
    """The Alertmanager webhook receiver. Its database is that of the audit log."""

    listen: HostPort = "127.0.0.1:9393"
    """Where it listens."""
    url: OpenUrl | None = None
    """How Alertmanager and people reach it; without it, by the address it listens on."""
    tls: ReceiverTls | None = None
    """Its certificate. Without it, it speaks plain HTTP."""
    behind_tls_proxy: Boolean = False
    """Whether only a proxy that speaks TLS reaches it, so that it may listen elsewhere than on loopback."""
    sources: dict[Name, ReceiverSource] = Field(min_length=1)
    """The Alertmanager clusters that post to it, by name."""
    roles: dict[Name, list[Permission]] = Field(default_factory=dict)
    """What each role allows. `viewer`, `responder` and `admin` are there unless given here."""
    users: dict[UserName, ReceiverUser] = Field(default_factory=dict)
    """What users with a token may do, by the name in the token."""
    jwt: ReceiverJwt | None = None
    """Whose tokens are believed. Without it, API keys alone let anybody in."""
    acknowledgement: ReceiverAcknowledgement = empty()
    """What happens when nobody acknowledges."""
    notifications: dict[Name, ReceiverNotification] = Field(default_factory=dict)
    """Systems that are told by HTTP, by name."""
    actions: dict[Name, ReceiverAction] = Field(default_factory=dict)
    """Commands that are run when alerts fire, by name."""
    unknown_notify: Names = Field(default_factory=list)
    """The notifications that are sent when nobody can know whether an effect happened."""
    limits: ReceiverLimits = empty()
    """How much is taken in."""
    retention: ReceiverRetention = empty()
    """How long things are kept."""

    @property
    def public_url(self) -> str:
        """How Alertmanager and people reach it, without a slash at the end."""
        scheme = "https" if self.tls else "http"
        return (self.url or f"{scheme}://{self.listen}").rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return _is_loopback(self.listen)

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine could reach it, and nothing keeps what they send private."""
        return self.tls is None and not self.behind_tls_proxy and not self.is_local

    @property
    def all_roles(self) -> Mapping[str, frozenset[Permission]]:
        """What each role allows, built-in ones included."""
        return {name: frozenset(allowed) for name, allowed in {**BUILT_IN_ROLES, **self.roles}.items()}

    @property
    def default_source(self) -> str | None:
        """The source that the spec's own Alertmanager is: the one that says so, or the only one."""
        chosen = [name for name, source in self.sources.items() if source.default] or list(self.sources)
        return chosen[0] if len(chosen) == 1 else None


def _is_loopback(listen: str) -> bool:
    host = listen.rpartition(":")[0].strip("[]").partition("%")[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
