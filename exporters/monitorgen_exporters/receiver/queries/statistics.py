"""How alerts were dealt with over a period: the figures of reports.

All of them are about the alerts that were opened within the period, whatever happened to them since; an alert
here is one firing. Figures of a group are over its alerts alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

import orjson

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.episodes.rows import members
from monitorgen_exporters.receiver.queries.conditions import Conditions

__all__ = ["FLAP", "GROUPINGS", "Figures", "Grouping", "statistics"]

Grouping: TypeAlias = Literal["summary", "team", "service", "alert", "tenant", "severity"]
"""By what figures are grouped; `summary` is one group with all."""

GROUPINGS: Final[tuple[Grouping, ...]] = get_args(Grouping)

FLAP: Final = 3600.0
"""Seconds after its end within which an alert that fires again is flapping."""

_PAGE = 2000  # alerts in memory at a time
_BY_HAND: Final = ("acknowledged", "assigned", "closed", "commented", "suppressed")
_COLUMNS: Final[Mapping[Grouping, str]] = {
    "summary": "''",
    "team": "team",
    "service": "service",
    "alert": "alertname",
    "tenant": "tenant",
    "severity": "severity",
}


@dataclass(slots=True)
class Figures:
    """The figures of one group."""

    group: str
    alerts: int = 0
    """Alerts that were opened in the period."""
    open: int = 0
    """Those of them that have not ended."""
    acknowledged: int = 0
    """Those that somebody acknowledged at least once."""
    acknowledge_seconds: float = 0.0
    """The sum, over `acknowledged`, of the time from opening to the first acknowledgement."""
    resolved: int = 0
    """Those that ended by a resolve, Alertmanager's or a person's."""
    resolve_seconds: float = 0.0
    """The sum, over `resolved`, of the time from opening to the end."""
    vanished: int = 0
    """Those that ended unseen: when they did is not known, so that they count in no mean."""
    untouched: int = 0
    """Those that ended with nobody having acknowledged, suppressed, assigned, commented or resolved them."""
    reopened: int = 0
    """How often they were open again after they had ended."""
    flaps: int = 0
    """How often an alert fired again within `FLAP` of its end: each alert whose incident had another that
    ended so shortly before, and each time an alert was open again after its resolve."""

    @property
    def mtta(self) -> float | None:
        """Mean time to acknowledge: `acknowledge_seconds / acknowledged`; None where nobody did."""
        return self.acknowledge_seconds / self.acknowledged if self.acknowledged else None

    @property
    def mttr(self) -> float | None:
        """Mean time to resolve: `resolve_seconds / resolved`; None where nothing was."""
        return self.resolve_seconds / self.resolved if self.resolved else None

    @property
    def noise(self) -> float | None:
        """The part of ended alerts that asked for nobody: `untouched / (resolved + vanished)`."""
        ended = self.resolved + self.vanished
        return self.untouched / ended if ended else None

    @property
    def flapping(self) -> float | None:
        """The part of all firings that were flaps: `flaps / (alerts + times they were open again)`."""
        firings = self.alerts + self.reopened
        return self.flaps / firings if firings else None


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    incident: str
    group: str
    opened_at: str
    ended_at: str | None
    status: str
    reopened: int


def statistics(
    store: Store,
    tenant: str | None,
    by: Grouping,
    *,
    since: str,
    until: str,
    only_tenant: str | None = None,
) -> list[Figures]:
    """The figures of each group, by its name, for alerts opened from `since` until before `until`.

    `tenant` is the one that is all there is for who asks; None for who sees all. What is in memory is a page
    of alerts, and a time for each incident. Raises StoreError.
    """
    groups = {"": Figures("")} if by == "summary" else {}
    last_end: dict[str, str | None] = {}
    before = _shifted(since, -FLAP)
    for page in _pages(store, tenant, only_tenant, by, before, until):
        counted = [row for row in page if row.opened_at >= since]
        first, touched = _by_people(store, [row.id for row in counted])
        for row in page:
            ended_before = last_end.get(row.incident)
            last_end[row.incident] = row.ended_at
            if row.opened_at < since:
                continue
            figures = groups.get(row.group) or groups.setdefault(row.group, Figures(row.group))
            _count(figures, row, first.get(row.id), row.id in touched)
            if ended_before is not None and 0 <= _seconds(ended_before, row.opened_at) <= FLAP:
                figures.flaps += 1
    return [groups[name] for name in sorted(groups)]


def _count(figures: Figures, row: _Row, acknowledged_at: str | None, touched: bool) -> None:
    figures.alerts += 1
    figures.reopened += row.reopened
    figures.flaps += row.reopened
    if acknowledged_at is not None:
        figures.acknowledged += 1
        figures.acknowledge_seconds += max(0.0, _seconds(row.opened_at, acknowledged_at))
    if row.ended_at is None:
        figures.open += 1
        return
    if row.status == "vanished":
        figures.vanished += 1
    else:
        figures.resolved += 1
        figures.resolve_seconds += max(0.0, _seconds(row.opened_at, row.ended_at))
    if not touched:
        figures.untouched += 1


def _pages(
    store: Store, tenant: str | None, only_tenant: str | None, by: Grouping, since: str, until: str
) -> Iterator[list[_Row]]:
    after = ""
    while True:
        asked = Conditions(store.dialect)
        asked.add("id > ?", after)
        asked.equal("tenant", tenant)
        asked.equal("tenant", only_tenant)
        asked.between("opened_at", since, until)
        rows = store.query(
            f"SELECT id, incident, {_COLUMNS[by]}, opened_at, ended_at, status, reopened "  # noqa: S608
            f"FROM receiver_episode WHERE {asked.sql} ORDER BY id LIMIT ?",
            [*asked.values, _PAGE],
        )
        if rows:
            yield [_Row(*row) for row in rows]
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _by_people(store: Store, ids: list[str]) -> tuple[dict[str, str], set[str]]:
    """When each of these alerts was first acknowledged, and which of them somebody did anything with."""
    first: dict[str, str] = {}
    touched: set[str] = set()
    if ids:
        for episode, type, ts in store.query(
            "SELECT episode, type, MIN(ts) FROM receiver_event "  # noqa: S608 - our own words
            f"WHERE episode IN ({members(store.dialect)}) AND type IN ({', '.join('?' * len(_BY_HAND))}) "
            "AND substr(actor, 1, 7) <> 'system:' GROUP BY episode, type",
            [orjson.dumps(ids).decode(), *_BY_HAND],
        ):
            touched.add(episode)
            if type == "acknowledged":
                first[episode] = ts
    return first, touched


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def _shifted(at: str, seconds: float) -> str:
    try:
        moved = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    except OverflowError:
        return at
    return moved.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
