"""Alertmanager as an anchor: a heartbeat alert that carries the checkpoint into mail and chat archives.

The archives are the anchor: an insider cannot edit what lies in everybody's mailbox. Alertmanager itself
forgets; it only tells what it holds now. Each checkpoint is an alert of its own, as the same alert with other
annotations would not be sent again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.base import AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.http import Endpoint
from monitorgen_exporters.audit.anchors.planning import Planned
from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError

__all__ = ["ALERT", "AlertmanagerAnchor", "planned"]

ALERT: Final = "AuditLogCheckpoint"
_NOTE: Final = "checkpoint"
"""The annotation that holds the whole note."""


@dataclass(frozen=True, slots=True)
class AlertmanagerAnchor:
    """An Alertmanager whose routes send the alert AuditLogCheckpoint to somewhere that keeps it.

    `labels` are added to the alert, for routing. It stays active for `active`, so that it outlives the group
    wait of its route.
    """

    name: str
    server: Endpoint
    labels: Mapping[str, str] = field(default_factory=lambda: {"severity": "info"})
    active: timedelta = timedelta(hours=1)

    @property
    def place(self) -> str:
        """The server's URL."""
        return self.server.place

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Posts the alert; returns once Alertmanager has taken it. The routes decide where it goes."""
        log, _, incarnation = checkpoint.origin.rpartition("/")
        now = datetime.now(UTC)
        alert = {
            "labels": {
                **self.labels,
                "alertname": ALERT,
                "log": log,
                "incarnation": incarnation,
                "tree_size": str(checkpoint.size),
            },
            "annotations": {
                "summary": f"Audit log {checkpoint.origin} stands at {checkpoint.size} records.",
                "description": "Keep this message: it pins the past of the log. Nothing has to be done.",
                "root": checkpoint.root.hex(),
                _NOTE: note.decode(),
            },
            "startsAt": now.isoformat(),
            "endsAt": (now + self.active).isoformat(),
        }
        answer = self.server.post("/api/v2/alerts", json.dumps([alert]).encode(), "application/json")
        if answer.status != 200:
            raise AnchorError(f"{self.place} refused the heartbeat, {answer.status}: {answer.excerpt()}")
        return b""

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """What the server holds now, the oldest first. The archive of mails holds more, and better."""
        alerts = self.server.get_json("/api/v2/alerts", [("filter", f"alertname={json.dumps(ALERT)}")])
        try:
            found = [(datetime.fromisoformat(one["startsAt"]), dict(one["annotations"])) for one in alerts]
            found.sort(key=lambda pair: pair[0])
        except (KeyError, TypeError, ValueError) as problem:
            raise AnchorError(
                f"{self.place} answered with alerts that cannot be read: {problem}"
            ) from problem
        for seen, annotations in found:
            yield self._sighting(seen, annotations)

    def _sighting(self, seen: datetime, annotations: Mapping[str, Any]) -> Sighting | Unusable:
        note = str(annotations.get(_NOTE, "")).encode()
        try:
            said = claimed_checkpoint(note)
        except NoteError as problem:
            return Unusable(self.name, self.place, f"alert of {seen:%Y-%m-%d %H:%M}: {problem}")
        return Sighting(
            self.name, self.place, said.origin, said.size, said.root, seen=seen.astimezone(UTC), note=note
        )


def planned(settings: AuditAnchors) -> Iterator[Planned]:
    """The Alertmanager that the settings name, if they do."""
    alertmanager = settings.alertmanager
    if alertmanager is not None:
        yield Planned(
            "alertmanager",
            timedelta(seconds=alertmanager.every),
            lambda _: AlertmanagerAnchor("alertmanager", Endpoint(alertmanager.url)),
        )
