"""An episode as it stands in its row."""

from typing import Literal, TypeAlias

import msgspec
import orjson

__all__ = ["ENDED", "STATUSES", "Episode", "Status"]

Status: TypeAlias = Literal["firing", "acknowledged", "suppressed", "resolved", "vanished"]

STATUSES: tuple[Status, ...] = ("firing", "acknowledged", "suppressed", "resolved", "vanished")
"""What an episode can be; the last two are ends."""

ENDED: frozenset[Status] = frozenset({"resolved", "vanished"})


class Episode(msgspec.Struct, gc=False):
    """The columns of `receiver_episode` (tables.py says what each holds); whoever changes one saves it."""

    id: str
    incident: str
    starts_at: str
    tenant: str
    source: str
    alertname: str
    service: str
    team: str
    severity: str
    environment: str
    labels: str
    annotations: str
    generator_url: str
    status: str
    stages: str
    opened_at: str
    seen_at: str
    ended_at: str | None = None
    ended_by: str | None = None
    resolved_ends_at: str | None = None
    doubt: int = 0
    missing: int = 0
    silenced_by: str = "[]"
    acknowledged_by: str | None = None
    acknowledged_at: str | None = None
    acknowledged_until: str | None = None
    acknowledged_why: str | None = None
    suppressed_by: str | None = None
    suppressed_at: str | None = None
    suppressed_until: str | None = None
    suppressed_why: str | None = None
    assignee: str | None = None
    reopened: int = 0
    notified: int = 0
    changed: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def label_map(self) -> dict[str, str]:
        """Its labels, without the stage."""
        found: dict[str, str] = orjson.loads(self.labels)
        return found

    @property
    def annotation_map(self) -> dict[str, str]:
        """Its annotations, as they were sent last."""
        found: dict[str, str] = orjson.loads(self.annotations)
        return found

    @property
    def stage_list(self) -> list[str]:
        """The stages that fire; `''` is the alert itself."""
        found: list[str] = orjson.loads(self.stages)
        return found

    @property
    def silences(self) -> list[str]:
        """What mutes it in Alertmanager."""
        found: list[str] = orjson.loads(self.silenced_by)
        return found

    def settle(self) -> None:
        """Sets `status` from what else is known: an end, then a suppression, then an acknowledgement."""
        if self.ended_at is not None:
            self.status = "vanished" if self.ended_by == "absence" else "resolved"
        elif self.suppressed_at is not None:
            self.status = "suppressed"
        elif self.acknowledged_at is not None:
            self.status = "acknowledged"
        else:
            self.status = "firing"
