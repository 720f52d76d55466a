"""The receiver's tables, in the database of the audit log: the same columns in SQLite and in PostgreSQL.

Times are text in RFC 3339, UTC, with microseconds (`audit.stamps.now`), so that they sort as they are. JSON
is text. Every table but `receiver_state` is read by the API; only a `Work` (work.py) writes any of them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from monitorgen_exporters.audit.store.tables import Table

__all__ = [
    "CREDENTIAL",
    "DELIVERY",
    "EFFECT",
    "EPISODE",
    "EPISODE_COLUMNS",
    "EVENT",
    "MIGRATIONS",
    "SILENCE",
    "SOURCE",
    "TIMER",
    "VERSION",
    "statements",
]

VERSION: Final = 1
"""The version of the tables that this program writes; kept in `receiver_state.version`."""

_TEXT, _INT, _BYTES = "text", "int8", "bytea"

# What Alertmanager sent, once for each different snapshot of a group: `key` says which (identity.py), `times`
# how often it came. body is zlib-compressed JSON, and NULL once it was pruned.
DELIVERY: Final = Table(
    "receiver_delivery",
    {
        "key": _TEXT,
        "first_ts": _TEXT,
        "last_ts": _TEXT,
        "times": _INT,
        "tenant": _TEXT,
        "source": _TEXT,
        "group_key": _TEXT,
        "alerts": _INT,
        "truncated": _INT,
        "body": _BYTES,
    },
)

# One firing of one alert, from its first delivery on. `incident` is what it is a firing of (identity.py).
EPISODE_COLUMNS: Final[Mapping[str, str]] = {
    "id": _TEXT,
    "incident": _TEXT,
    "starts_at": _TEXT,  # Alertmanager's startsAt of the alert without a stage
    "tenant": _TEXT,  # '' where the source belongs to none
    "source": _TEXT,  # which of the configured sources (an Alertmanager cluster) it came from
    "alertname": _TEXT,
    "service": _TEXT,  # '' where the alert has no such label; so the three that follow
    "team": _TEXT,
    "severity": _TEXT,
    "environment": _TEXT,
    "labels": _TEXT,  # JSON object, without escalation_stage
    "annotations": _TEXT,  # JSON object
    "generator_url": _TEXT,
    "status": _TEXT,  # firing, acknowledged, suppressed, resolved, vanished: what a person is shown
    "stages": _TEXT,  # JSON list of the stages that fire now, sorted; '' is the alert itself
    "opened_at": _TEXT,
    "seen_at": _TEXT,  # when a delivery or the API last showed it firing
    "ended_at": _TEXT,  # NULL while it is open
    "ended_by": _TEXT,  # who ended it: alertmanager, absence, or a person's actor; NULL while open
    "resolved_ends_at": _TEXT,  # endsAt of the resolve that was last believed: an older one is stale
    "doubt": _INT,  # 1: fired again after a resolve with the same startsAt, not confirmed yet (R5)
    "missing": _INT,  # polls of the API in a row that did not show it
    "silenced_by": _TEXT,  # JSON list of Alertmanager's silences and inhibitors that mute it, by the API
    "acknowledged_by": _TEXT,
    "acknowledged_at": _TEXT,
    "acknowledged_until": _TEXT,  # NULL: until it ends
    "acknowledged_why": _TEXT,
    "suppressed_by": _TEXT,
    "suppressed_at": _TEXT,
    "suppressed_until": _TEXT,
    "suppressed_why": _TEXT,
    "assignee": _TEXT,
    "reopened": _INT,  # how often it fired again after it had ended
    "notified": _INT,  # how many reminders and timeouts have gone out
    "changed": _INT,  # receiver_event.seq of its last event: grows with each change, and is its ETag
}
EPISODE: Final = Table("receiver_episode", EPISODE_COLUMNS)

# What happened to an episode, in the order of commits: history, statistics and the live stream read it.
EVENT: Final = Table(
    "receiver_event",
    {
        "seq": _INT,
        "episode": _TEXT,
        "tenant": _TEXT,
        "ts": _TEXT,
        "type": _TEXT,
        "actor": _TEXT,
        "data": _TEXT,
        "record": _TEXT,  # the id of its record in the audit log; '' where a filter leaves it out
    },
)

# What has to be done at some time even if this process dies: acknowledgement timeouts, reminders, expiries.
# `data` is the policy as it was when the timer was set.
TIMER: Final = Table(
    "receiver_timer",
    {"id": _TEXT, "episode": _TEXT, "kind": _TEXT, "next_at": _TEXT, "data": _TEXT},
)

# The outbox: everything that is done outside the database, with how far it has come (effects/).
EFFECT: Final = Table(
    "receiver_effect",
    {
        "id": _TEXT,
        "key": _TEXT,  # what makes it one effect: planning the same key again changes nothing
        "kind": _TEXT,  # http, command, silence
        "name": _TEXT,  # of the notification or action in the settings
        "episode": _TEXT,
        "tenant": _TEXT,
        "target": _TEXT,  # what a cooldown is held for
        "state": _TEXT,  # planned, claimed, started, done, failed, unknown, cancelled, skipped
        "why": _TEXT,  # of a state that is not plain success: an error, or the rule that applied
        "attempts": _INT,
        "next_at": _TEXT,
        "lease_until": _TEXT,
        "owner": _TEXT,
        "request": _TEXT,  # JSON: everything it needs, as it was when it was planned; never a secret
        "result": _TEXT,  # JSON: what came of it, redacted
        "planned_at": _TEXT,
        "changed_at": _TEXT,
    },
)

CREDENTIAL: Final = Table(
    "receiver_credential",
    {
        "id": _TEXT,
        "name": _TEXT,
        "hash": _TEXT,
        "roles": _TEXT,  # JSON list
        "tenant": _TEXT,  # '' for one that sees all
        "created_at": _TEXT,
        "expires_at": _TEXT,
        "revoked_at": _TEXT,
        "used_at": _TEXT,
    },
)

# Silences in Alertmanager that follow from acknowledgements and suppressions (R8).
SILENCE: Final = Table(
    "receiver_silence",
    {
        "id": _TEXT,  # ours, and the marker in the silence's comment
        "episode": _TEXT,
        "source": _TEXT,
        "remote_id": _TEXT,  # Alertmanager's; NULL until it is known
        "matchers": _TEXT,  # JSON
        "until": _TEXT,
        "state": _TEXT,  # wanted, active, unwanted, ended
        "why": _TEXT,
        "created_by": _TEXT,
        "changed_at": _TEXT,
    },
)

SOURCE: Final = Table(
    "receiver_source",
    {
        "name": _TEXT,
        "polled_at": _TEXT,
        "good_at": _TEXT,
        "error": _TEXT,
        "started_at": _TEXT,
        "alerts": _INT,
    },
)

_TABLES = (
    "CREATE TABLE receiver_state (one {int} PRIMARY KEY CHECK (one = 1), version {int} NOT NULL)",
    """CREATE TABLE receiver_delivery (
        key TEXT PRIMARY KEY, first_ts TEXT NOT NULL, last_ts TEXT NOT NULL, times {int} NOT NULL,
        tenant TEXT NOT NULL, source TEXT NOT NULL, group_key TEXT NOT NULL, alerts {int} NOT NULL,
        truncated {int} NOT NULL, body {bytes})""",
    "CREATE INDEX receiver_delivery_last ON receiver_delivery (last_ts)",
    """CREATE TABLE receiver_episode (
        id TEXT {id}, incident TEXT NOT NULL, starts_at TEXT NOT NULL, tenant TEXT NOT NULL,
        source TEXT NOT NULL, alertname TEXT NOT NULL, service TEXT NOT NULL, team TEXT NOT NULL,
        severity TEXT NOT NULL, environment TEXT NOT NULL, labels TEXT NOT NULL, annotations TEXT NOT NULL,
        generator_url TEXT NOT NULL, status TEXT NOT NULL, stages TEXT NOT NULL, opened_at TEXT NOT NULL,
        seen_at TEXT NOT NULL, ended_at TEXT, ended_by TEXT, resolved_ends_at TEXT, doubt {int} NOT NULL,
        missing {int} NOT NULL, silenced_by TEXT NOT NULL, acknowledged_by TEXT, acknowledged_at TEXT,
        acknowledged_until TEXT, acknowledged_why TEXT, suppressed_by TEXT, suppressed_at TEXT,
        suppressed_until TEXT, suppressed_why TEXT, assignee TEXT, reopened {int} NOT NULL,
        notified {int} NOT NULL, changed {int} NOT NULL)""",
    # An incident has one open episode at most; the database holds that, whatever the program does.
    "CREATE UNIQUE INDEX receiver_episode_open ON receiver_episode (incident) WHERE ended_at IS NULL",
    "CREATE INDEX receiver_episode_ended ON receiver_episode (incident, ended_at) WHERE ended_at IS NOT NULL",
    # Lists are found in it, the newest first by their ids. Rows come in at its end, so that it costs little.
    "CREATE INDEX receiver_episode_list ON receiver_episode (id, tenant, status{listed})",
    "CREATE INDEX receiver_episode_end ON receiver_episode (ended_at) WHERE ended_at IS NOT NULL",
    """CREATE TABLE receiver_event (
        seq {int} PRIMARY KEY, episode TEXT NOT NULL, tenant TEXT NOT NULL, ts TEXT NOT NULL,
        type TEXT NOT NULL, actor TEXT NOT NULL, data TEXT NOT NULL, record TEXT NOT NULL)""",
    "CREATE INDEX receiver_event_episode ON receiver_event (episode, seq)",
    "CREATE INDEX receiver_event_tenant ON receiver_event (tenant, seq) WHERE tenant <> ''",
    """CREATE TABLE receiver_timer (
        id TEXT PRIMARY KEY, episode TEXT NOT NULL, kind TEXT NOT NULL, next_at TEXT NOT NULL,
        data TEXT NOT NULL)""",
    "CREATE INDEX receiver_timer_next ON receiver_timer (next_at)",
    "CREATE UNIQUE INDEX receiver_timer_episode ON receiver_timer (episode, kind)",
    """CREATE TABLE receiver_effect (
        id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL,
        episode TEXT NOT NULL, tenant TEXT NOT NULL, target TEXT NOT NULL, state TEXT NOT NULL,
        why TEXT NOT NULL, attempts {int} NOT NULL, next_at TEXT NOT NULL, lease_until TEXT, owner TEXT,
        request TEXT NOT NULL, result TEXT NOT NULL, planned_at TEXT NOT NULL, changed_at TEXT NOT NULL)""",
    """CREATE INDEX receiver_effect_due ON receiver_effect (next_at)
        WHERE state IN ('planned', 'claimed', 'started')""",
    # What waits, however much has been done: by name for taking it in its order, by time for looking.
    """CREATE INDEX receiver_effect_waits ON receiver_effect (kind, name, state, next_at)
        WHERE state IN ('planned', 'claimed', 'started')""",
    "CREATE INDEX receiver_effect_episode ON receiver_effect (episode)",
    "CREATE INDEX receiver_effect_name ON receiver_effect (kind, name, changed_at)",
    """CREATE TABLE receiver_credential (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, roles TEXT NOT NULL,
        tenant TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, used_at TEXT)""",
    """CREATE TABLE receiver_silence (
        id TEXT PRIMARY KEY, episode TEXT NOT NULL, source TEXT NOT NULL, remote_id TEXT,
        matchers TEXT NOT NULL, until TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL,
        created_by TEXT NOT NULL, changed_at TEXT NOT NULL)""",
    "CREATE INDEX receiver_silence_episode ON receiver_silence (episode)",
    "CREATE INDEX receiver_silence_due ON receiver_silence (source, state) WHERE state <> 'ended'",
    """CREATE TABLE receiver_source (
        name TEXT PRIMARY KEY, polled_at TEXT NOT NULL, good_at TEXT, error TEXT NOT NULL, started_at TEXT,
        alerts {int} NOT NULL)""",
)

# What an alert says has any length, and PostgreSQL takes no more than 2,704 bytes into an index. With SQLite
# the index for lists finds an id, too, and another one of ids alone would make a delivery 3 % dearer.
_WORDS = {
    "sqlite": {
        "int": "INTEGER",
        "bytes": "BLOB",
        "id": "NOT NULL",
        "listed": ", opened_at, alertname, service, team, severity, environment",
    },
    "postgres": {"int": "BIGINT", "bytes": "BYTEA", "id": "PRIMARY KEY", "listed": ", opened_at"},
}

MIGRATIONS: Mapping[int, Sequence[str]] = {}
"""For each version but the first, the statements that make its tables of those of the version before."""


def statements(dialect: str) -> list[str]:
    """The statements that make the tables, for the dialect `sqlite` or `postgres`."""
    return [statement.format(**_WORDS[dialect]) for statement in _TABLES]
