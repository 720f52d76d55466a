"""What Alertmanager's API (v2) answers, as far as it is used here; the rest may be as it likes.

Source: `api/v2/openapi.yaml` of Alertmanager 0.25 to 0.34.
"""

from typing import Literal

import msgspec

from monitorgen_exporters.receiver.alertmanager.matchers import Matcher

__all__ = ["Muting", "Named", "Posted", "ShownAlert", "Silence", "Status"]


class Named(msgspec.Struct):
    """A receiver."""

    name: str


class Muting(msgspec.Struct):
    """What keeps Alertmanager from telling of an alert."""

    silenced: list[str] = msgspec.field(name="silencedBy", default_factory=list)
    inhibited: list[str] = msgspec.field(name="inhibitedBy", default_factory=list)
    muted: list[str] | None = msgspec.field(name="mutedBy", default=None)
    """Time intervals; None from an Alertmanager that does not tell of them (before 0.28)."""


class ShownAlert(msgspec.Struct, gc=False):
    """An alert that Alertmanager shows; it shows none whose `endsAt` is past."""

    labels: dict[str, str]
    starts_at: str = msgspec.field(name="startsAt")
    updated_at: str = msgspec.field(name="updatedAt")
    """When it was last sent to that Alertmanager, by its own clock."""
    ends_at: str = msgspec.field(name="endsAt")
    receivers: list[Named]
    status: Muting
    annotations: dict[str, str] = {}
    generator_url: str = msgspec.field(name="generatorURL", default="")


class _Config(msgspec.Struct):
    original: str = ""


class Status(msgspec.Struct):
    """How an Alertmanager is."""

    started: str = msgspec.field(name="uptime")
    """When its process began."""
    config: _Config = msgspec.field(default_factory=_Config)


class _SilenceStatus(msgspec.Struct):
    state: Literal["active", "pending", "expired"]


class Silence(msgspec.Struct):
    """A silence as Alertmanager has it."""

    id: str
    status: _SilenceStatus
    updated_at: str = msgspec.field(name="updatedAt")
    starts_at: str = msgspec.field(name="startsAt")
    ends_at: str = msgspec.field(name="endsAt")
    matchers: list[Matcher]
    created_by: str = msgspec.field(name="createdBy", default="")
    comment: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it mutes, or is going to."""
        return self.status.state != "expired"


class Posted(msgspec.Struct):
    """A silence that was made."""

    id: str = msgspec.field(name="silenceID")
