"""Pages of alerts, the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.rows import COLUMNS, members
from monitorgen_exporters.receiver.queries.conditions import Conditions

__all__ = [
    "AlertQuery",
    "alert_kinds",
    "count_by_status",
    "count_by_tenant",
    "find_alert",
    "find_alerts",
    "find_some",
]


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """What is asked of an alert: all that is said has to hold; of several in one tuple, one.

    `""` as a service or team is that of an alert without such a label.
    """

    statuses: tuple[str, ...] = ()
    tenant: str | None = None
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    alertnames: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """Labels it has, with these values: all of them."""
    since: str | None = None
    """It was opened then, or later."""
    until: str | None = None
    """It was opened before that."""
    text: str = ""
    """A piece of text in a label or an annotation."""


def find_alerts(
    store: Store, tenant: str | None, query: AlertQuery, *, limit: int, after: str | None = None
) -> list[Episode]:
    """At most `limit` alerts that fit, the newest first, those older than the alert `after`.

    `tenant` is the one that is all there is for who asks; None for who sees all. Raises StoreError.
    """
    asked = Conditions(store.dialect)
    if after is not None:
        asked.add("id < ?", after)  # ids are UUIDs of version 7, which sort by their time
    asked.equal("tenant", tenant)
    asked.equal("tenant", query.tenant)
    asked.among("status", query.statuses)
    asked.among("service", query.services)
    asked.among("team", query.teams)
    asked.among("severity", query.severities)
    asked.among("environment", query.environments)
    asked.among("alertname", query.alertnames)
    asked.between("opened_at", query.since, query.until)
    for name, value in query.labels:
        asked.member("labels", name, value)
    if query.text:
        asked.mentions(("labels", "annotations"), query.text)
    # The inner query is answered from the index alone, unless a label or text is asked for.
    found = f"SELECT id FROM receiver_episode WHERE {asked.sql} ORDER BY id DESC LIMIT ?"  # noqa: S608
    rows = store.query(
        f"SELECT {COLUMNS} FROM receiver_episode WHERE id IN ({found}) ORDER BY id DESC",  # noqa: S608
        [*asked.values, limit],
    )
    return [Episode(*row) for row in rows]


def find_alert(store: Store, tenant: str | None, id: str) -> Episode | None:
    """The alert with this id, if it is there for `tenant`. Raises StoreError."""
    asked = Conditions(store.dialect)
    asked.equal("id", id)
    asked.equal("tenant", tenant)
    rows = store.query(f"SELECT {COLUMNS} FROM receiver_episode WHERE {asked.sql}", asked.values)  # noqa: S608
    return Episode(*rows[0]) if rows else None


def find_some(store: Store, ids: Collection[str]) -> dict[str, Episode]:
    """The alerts with these ids, by id. Raises StoreError."""
    if not ids:
        return {}
    rows = store.query(
        f"SELECT {COLUMNS} FROM receiver_episode WHERE id IN ({members(store.dialect)})",  # noqa: S608
        [orjson.dumps(list(ids)).decode()],
    )
    return {row[0]: Episode(*row) for row in rows}


def count_by_status(store: Store, tenant: str | None) -> Sequence[tuple[str, str, int]]:
    """How many alerts are open, by status and severity. Raises StoreError."""
    asked = Conditions(store.dialect)
    asked.add("ended_at IS NULL")
    asked.equal("tenant", tenant)
    return [
        (status, severity, count)
        for status, severity, count in store.query(
            f"SELECT status, severity, COUNT(*) FROM receiver_episode WHERE {asked.sql} "  # noqa: S608
            "GROUP BY status, severity ORDER BY status, severity",
            asked.values,
        )
    ]


def count_by_tenant(store: Store, tenant: str | None) -> dict[str, int]:
    """How many alerts are open, by tenant, `""` for those that belong to none. Raises StoreError."""
    asked = Conditions(store.dialect)
    asked.add("ended_at IS NULL")
    asked.equal("tenant", tenant)
    return dict(
        store.query(
            f"SELECT tenant, COUNT(*) FROM receiver_episode WHERE {asked.sql} GROUP BY tenant",  # noqa: S608
            asked.values,
        )
    )


def alert_kinds(store: Store, tenant: str) -> set[tuple[str, str]]:
    """Alert name and service of every alert that the tenant has had. Raises StoreError."""
    return {
        (name, service)
        for name, service in store.query(
            "SELECT DISTINCT alertname, service FROM receiver_episode WHERE tenant = ?", [tenant]
        )
    }
