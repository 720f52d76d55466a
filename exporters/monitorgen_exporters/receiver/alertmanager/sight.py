"""What the Alertmanagers of one cluster show together, and whether what they do not show is gone.

Each Prometheus sends its alerts to every Alertmanager of a cluster, and they tell each other of silences and
notifications but not of alerts. So an alert fires when one of them shows it. It is missing when all of them
say so who can know: one that was started a short while ago cannot, because Prometheus may not have sent
everything again, and one that does not answer says nothing. But neither holds an alert open for ever: after
the window in which everything is sent again, the word of those who do know is enough.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitorgen_exporters.receiver.alertmanager.answers import ShownAlert
from monitorgen_exporters.receiver.alertmanager.client import Fault, View
from monitorgen_exporters.receiver.identity import STAGE, incident_of, without_stage
from monitorgen_exporters.receiver.payload import Alert, moment

__all__ = ["Shown", "Sight", "Trust", "combine"]


@dataclass(slots=True)
class Shown:
    """An alert, or one stage of its escalation, that fires."""

    alert: Alert
    labels: dict[str, str]
    """Those of the alert `without_stage`."""
    updated_at: str
    """When it was last sent to one of the Alertmanagers."""
    muted_by: tuple[str, ...]
    """Silences, inhibiting alerts and time intervals; none where one of the Alertmanagers is not muted."""
    held_back: bool
    """Whether it may be muted without a trace."""

    @property
    def is_told(self) -> bool:
        """Whether Alertmanager would notify us of it."""
        return not self.muted_by and not self.held_back


@dataclass(frozen=True, slots=True)
class Sight:
    """What fires by the word of those who answered."""

    asked_at: str
    """Before the first of them was asked, by our clock."""
    incidents: Mapping[str, Mapping[str, Shown]] = field(default_factory=dict)
    """What goes to our receiver, by incident and stage."""
    everything: Sequence[Mapping[str, str]] = ()
    """The labels of all alerts, also of those that go elsewhere."""
    knows_absence: bool = False
    """Whether what is not shown does not fire."""
    started_at: str | None = None
    """When the youngest of them began; None where nobody answered."""
    faults: tuple[Fault, ...] = ()


class Trust:
    """Who of a cluster can know that an alert does not fire, over time."""

    def __init__(
        self, peers: Iterable[str], window: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._window = window
        self._clock = clock
        self._unsure_since = dict.fromkeys(peers, clock())

    def knows_absence(self, answers: Iterable[View | Fault]) -> bool:
        """Whether what none of these answers shows is gone."""
        now = self._clock()
        sure = {
            answer.peer for answer in answers if isinstance(answer, View) and answer.uptime > self._window
        }
        self._unsure_since.update(dict.fromkeys(sure, now))
        return bool(sure) and all(
            peer in sure or now - since > self._window for peer, since in self._unsure_since.items()
        )


def combine(
    answers: Sequence[View | Fault], *, asked_at: str, trust: Trust, receiver: str, tenant: str, source: str
) -> Sight:
    """What these answers show together of the alerts that are sent to `receiver`."""
    incidents: dict[str, dict[str, Shown]] = {}
    everything: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    views = [answer for answer in answers if isinstance(answer, View)]
    for view in views:
        for alert in view.alerts:
            if len(views) > 1:
                everything[tuple(sorted(alert.labels.items()))] = alert.labels
            if all(named.name != receiver for named in alert.receivers):
                continue
            labels = without_stage(alert.labels)
            stages = incidents.setdefault(incident_of(tenant, source, labels), {})
            stage = alert.labels.get(STAGE, "")
            stages[stage] = _both(stages.get(stage), _shown(view, alert, labels))
    return Sight(
        asked_at,
        incidents,
        list(everything.values()) if len(views) != 1 else [alert.labels for alert in views[0].alerts],
        trust.knows_absence(answers),
        max((view.started_at for view in views), default=None),
        tuple(answer for answer in answers if isinstance(answer, Fault)),
    )


def _shown(view: View, alert: ShownAlert, labels: dict[str, str]) -> Shown:
    status = alert.status
    return Shown(
        Alert(
            "firing",
            alert.labels,
            alert.starts_at,
            annotations=alert.annotations,
            generator_url=alert.generator_url,
        ),
        labels,
        moment(alert.updated_at),
        (*status.silenced, *status.inhibited, *(status.muted or ())),
        view.holds_back and status.muted is None,
    )


def _both(one: Shown | None, other: Shown) -> Shown:
    """The same alert at two Alertmanagers."""
    if one is None:
        return other
    newer = other if other.updated_at > one.updated_at else one
    return Shown(
        newer.alert,
        newer.labels,
        newer.updated_at,
        tuple(dict.fromkeys((*one.muted_by, *other.muted_by))) if one.muted_by and other.muted_by else (),
        one.held_back and other.held_back,
    )
