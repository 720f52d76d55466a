"""Episodes in the database: found, added and saved."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

import orjson

from monitorgen_exporters.audit.store import Row, Store
from monitorgen_exporters.audit.store.tables import Table
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.tables import EPISODE, EPISODE_COLUMNS

__all__ = [
    "COLUMNS",
    "add",
    "ended_of",
    "episode_of",
    "get",
    "members",
    "open_of",
    "open_of_source",
    "save",
    "save_all",
    "some",
    "touch",
]

COLUMNS = ", ".join(EPISODE_COLUMNS)
"""What to select for `episode_of`."""

_NEVER_CHANGES = frozenset(
    (
        "id",
        "incident",
        "tenant",
        "source",
        "alertname",
        "service",
        "team",
        "severity",
        "environment",
        "labels",
    )
)
_CHANGES = [name for name in EPISODE_COLUMNS if name not in _NEVER_CHANGES]
_SAVE = f"UPDATE receiver_episode SET {', '.join(f'{name} = ?' for name in _CHANGES)} WHERE id = ?"  # noqa: S608
_TYPED = ", ".join(f"{name} {EPISODE_COLUMNS[name]}" for name in (*_CHANGES, "id"))
_SAVE_ALL = (
    f"UPDATE receiver_episode SET {', '.join(f'{name} = it.{name}' for name in _CHANGES)} "  # noqa: S608
    f"FROM json_to_recordset(?::json) AS it ({_TYPED}) WHERE receiver_episode.id = it.id"
)

_values = attrgetter(*EPISODE_COLUMNS)
_LATER = (
    *("ended_at", "ended_by", "resolved_ends_at", "assignee"),
    *(f"{what}_{how}" for what in ("acknowledged", "suppressed") for how in ("by", "at", "until", "why")),
)
_FRESH = Table(EPISODE.name, {name: kind for name, kind in EPISODE_COLUMNS.items() if name not in _LATER})
_fresh_values = attrgetter(*_FRESH.columns)
_of_later = attrgetter(*_LATER)
_NONE = (None,) * len(_LATER)
_changing = attrgetter(*_CHANGES, "id")


def members(dialect: str) -> str:
    """SQL for the members of a parameter that is a JSON list of texts, as `value`: `WHERE id IN (...)`.

    One parameter for any number of them, so that there is one statement to prepare.
    """
    listed = "json_each(?)" if dialect == "sqlite" else "json_array_elements_text(?::json) AS listed (value)"
    return f"SELECT value FROM {listed}"  # noqa: S608 - our own words


def episode_of(row: Row) -> Episode:
    """The episode in a row of `COLUMNS`."""
    return Episode(*row)


def get(store: Store, id: str) -> Episode | None:
    """The episode with that id."""
    rows = store.query(f"SELECT {COLUMNS} FROM receiver_episode WHERE id = ?", [id])  # noqa: S608
    return Episode(*rows[0]) if rows else None


def some(store: Store, ids: Collection[str]) -> dict[str, Episode]:
    """The episodes with these ids, by id."""
    return {episode.id: episode for episode in _some(store, f"id IN ({members(store.dialect)})", ids)}


def open_of(store: Store, incidents: Collection[str]) -> dict[str, Episode]:
    """The open episode of each of these incidents that has one."""
    return {
        episode.incident: episode
        for episode in _some(store, f"ended_at IS NULL AND incident IN ({members(store.dialect)})", incidents)
    }


def open_of_source(store: Store, source: str) -> dict[str, Episode]:
    """Every open episode of a source, by incident."""
    rows = store.query(
        f"SELECT {COLUMNS} FROM receiver_episode WHERE ended_at IS NULL AND source = ?",  # noqa: S608
        [source],
    )
    return {episode.incident: episode for episode in map(episode_of, rows)}


def ended_of(store: Store, incidents: Collection[str]) -> dict[str, Episode]:
    """The episode of each of these incidents that ended last."""
    latest = (
        "SELECT (SELECT id FROM receiver_episode WHERE incident = wanted.value AND ended_at IS NOT NULL "  # noqa: S608
        f"ORDER BY ended_at DESC LIMIT 1) FROM ({members(store.dialect)}) AS wanted"
    )
    return {episode.incident: episode for episode in _some(store, f"id IN ({latest})", incidents)}


def _is_fresh(episode: Episode) -> bool:
    return _of_later(episode) == _NONE


def add(store: Store, episodes: Sequence[Episode]) -> None:
    """Writes new episodes."""
    # To bind nothing to a column takes sqlite3 longer than a text, and a new episode has a dozen of such.
    fresh = [episode for episode in episodes if _is_fresh(episode)]
    if fresh:
        store.insert(_FRESH, [_fresh_values(episode) for episode in fresh])
    if len(fresh) < len(episodes):
        store.insert(EPISODE, [_values(episode) for episode in episodes if not _is_fresh(episode)])


def save(store: Store, episode: Episode) -> None:
    """Writes what has changed of one."""
    store.execute(_SAVE, _changing(episode))


def save_all(store: Store, episodes: Sequence[Episode]) -> None:
    """Writes what has changed of several."""
    if store.dialect == "postgres" and len(episodes) > 1:
        # In one statement, because each takes a way to the server and back.
        said = [dict(zip((*_CHANGES, "id"), _changing(episode), strict=True)) for episode in episodes]
        store.execute(_SAVE_ALL, [orjson.dumps(said).decode()])
        return
    for episode in episodes:
        save(store, episode)


def touch(store: Store, ids: Collection[str], now: str) -> None:
    """Notes that these were seen firing at `now`."""
    if ids:
        store.execute(
            f"UPDATE receiver_episode SET seen_at = ?, missing = 0 WHERE id IN ({members(store.dialect)})",  # noqa: S608
            [now, orjson.dumps(list(ids)).decode()],
        )


def _some(store: Store, where: str, names: Iterable[str]) -> Iterable[Episode]:
    wanted = orjson.dumps(list(names)).decode()
    for row in store.query(f"SELECT {COLUMNS} FROM receiver_episode WHERE {where}", [wanted]):  # noqa: S608
        yield Episode(*row)
