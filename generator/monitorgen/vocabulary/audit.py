"""The `audit:` section: what the compiler checks, and what the runtime reads again from `audit/audit.yml`."""

import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.vocabulary.amounts import Count, KeepingTime, SomeTime
from monitorgen.vocabulary.base import Model, empty
from monitorgen.vocabulary.fields import (
    BAD_NAME,
    BAD_SCALAR,
    AbsoluteUrl,
    Boolean,
    Name,
    Text,
    example,
    invalid,
)
from monitorgen.vocabulary.secrets import LITERAL_SECRET, OwnSecret

__all__ = [
    "CODES",
    "GUARD_BESIDE_LOG",
    "OWN_CATEGORIES",
    "OWN_RECORDS",
    "UNANCHORED",
    "Audit",
    "AuditAlertmanager",
    "AuditAnchors",
    "AuditCheckpoints",
    "AuditFilter",
    "AuditGit",
    "AuditPrometheus",
    "AuditRetention",
    "AuditS3",
    "AuditWitness",
    "LogUrl",
    "Word",
    "Words",
]

OWN_CATEGORIES = ("key", "log", "record")
"""Categories of what the log says of itself: a verifier needs these records, so nothing filters them."""


def _with(section: str) -> str:
    return example("") + section


OWN_RECORDS = Code(
    "MG0650",
    "a filter on what the audit log says of itself",
    "The log records its own key changes, prunings, erasures and restores (`key.*`, `log.*`, `record.*`). "
    "Without those records a verifier takes an honest pruning for tampering, so they are never left out.",
    bad=_with("audit: {log: audit.db, key: {file: audit.key}, filters: {log: {actions: [created]}}}\n"),
    good=_with("audit: {log: audit.db, key: {file: audit.key}, filters: {silence: {actions: [created]}}}\n"),
)
GUARD_BESIDE_LOG = Code(
    "MG0651",
    "the signer's memory lies beside the log it guards",
    "The guard remembers what was signed last, so that a log that was rolled back is not signed again. In "
    "the log's own folder it goes back with the log, by the same restore or by the same hand.",
    severity=Severity.WARNING,
    bad=_with("audit: {log: /var/lib/audit/log.db, key: {file: audit.key}, guard: /var/lib/audit/guard}\n"),
    good=_with("audit: {log: /var/lib/audit/log.db, key: {file: audit.key}, guard: /var/lib/signer/guard}\n"),
)
UNANCHORED = Code(
    "MG0652",
    "an audit log that nothing outside vouches for",
    "Who holds the signing key can write the whole log anew, and every signature will be right. Only a place "
    "that they do not control shows it: keep at least one anchor.",
    severity=Severity.WARNING,
    bad=_with("audit: {log: audit.db, key: {file: audit.key}, anchors: {prometheus: {enabled: false}}}\n"),
    good=_with("audit: {log: audit.db, key: {file: audit.key}}\n"),
)
CODES = (OWN_RECORDS, GUARD_BESIDE_LOG, UNANCHORED)

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A password may hide before the `@` and in the query: libpq takes it there too.
_PASSWORD = re.compile(r"://[^/?#@]*:[^/?#@]*@|[?&](?:ssl)?password=")
_LOG = r"(?:sqlite:///\S+|postgres(?:ql)?://\S*|(?!.*://).*\S.*)"


def _word(value: Any) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    raise invalid(
        BAD_NAME,
        "not a word of a record's type",
        "begin with a small letter, go on with small letters, digits and `_`: `token_refresh`",
    )


def _log(value: str) -> str:
    if _PASSWORD.search(value):
        # The text itself stays out of the message: diagnostics end up in CI logs.
        raise invalid(
            LITERAL_SECRET,
            "the log's address holds a password",
            "leave it out, and give it to the service by PGPASSFILE or PGPASSWORD",
        )
    if re.fullmatch(_LOG, value):
        return value
    raise invalid(
        BAD_SCALAR, "not the address of a log", "a path, sqlite:///PATH, or postgresql://USER@HOST/DATABASE"
    )


Word: TypeAlias = Annotated[
    str, BeforeValidator(_word), WithJsonSchema({"type": "string", "pattern": f"^{_WORD.pattern}$"})
]
"""A word of a record's type: `silence` and `created` in `silence.created`."""

Words: TypeAlias = list[Word]

LogUrl: TypeAlias = Annotated[
    Text,
    AfterValidator(_log),
    WithJsonSchema({"type": "string", "pattern": rf"^(?!.*(?:{_PASSWORD.pattern})){_LOG}$"}),
]
"""Where a log is kept: a path, sqlite:///PATH, or postgresql://USER@HOST/DATABASE without a password."""


class AuditFilter(Model):
    """What of one category of records is kept: what fits all that is said here."""

    enabled: Boolean = True
    """Whether anything of this category is recorded."""
    reason: Text = ""
    """Why nothing is recorded, where `enabled` is false."""
    min_severity: Name | None = None
    """The least severity that is recorded; a record without one counts as the least severe."""
    actions: Words = Field(default_factory=list)
    """The actions that are recorded, such as `login`; all when empty."""
    resources: list[Text] = Field(default_factory=list)
    """What they are about: the kind of a record's subject (`alert` in `alert:HighErrorRate`), or a whole
    subject; all when empty."""


class AuditCheckpoints(Model):
    """When the log signs how far it has come."""

    every: SomeTime = 10.0
    """The longest time between two checkpoints while records come in."""
    records: Annotated[Count, Field(ge=1)] = 1000
    """After so many records there is one sooner, though no more than four in a second."""


class AuditRetention(Model):
    """How long records are kept; without this, `monitorgen audit prune` refuses to prune."""

    keep: KeepingTime
    """How long a record's text is kept. Its hash stays."""
    archive: Text | None = None
    """The folder that pruned records are written to first. Without it they are gone for good."""


class AuditPrometheus(Model):
    """The newest checkpoint as gauges that a Prometheus scrapes: its database on another host remembers."""

    enabled: Boolean = True
    """Whether the gauges are served."""
    url: AbsoluteUrl | None = None
    """Where `monitorgen audit verify` reads them back."""


class AuditGit(Model):
    """A branch that each checkpoint is committed to."""

    repository: Text
    """Where to push: a URL or a path, of a repository that refuses forced pushes."""
    branch: Text = "audit-checkpoints"
    """The branch, which holds nothing else."""
    every: SomeTime = 3600.0
    """The time between two commits."""


class AuditS3(Model):
    """A bucket with Object Lock, which keeps each checkpoint in compliance mode."""

    bucket: Text
    """The bucket; Object Lock has to be on."""
    prefix: Text = ""
    """What the keys begin with."""
    region: Text | None = None
    """The bucket's region; without it, what the AWS configuration at hand says."""
    endpoint: AbsoluteUrl | None = None
    """Another service that speaks S3."""
    retain: KeepingTime = 34560000.0
    """How long nobody can delete an object."""
    every: SomeTime = 3600.0
    """The time between two objects."""


class AuditAlertmanager(Model):
    """A heartbeat alert that carries the checkpoint into mail and chat, where nobody edits it."""

    url: AbsoluteUrl
    """The Alertmanager."""
    every: SomeTime = 86400.0
    """The time between two heartbeats."""


class AuditWitness(Model):
    """A C2SP witness, which cosigns only what is consistent with what it saw before."""

    url: AbsoluteUrl
    """Where it is served."""
    key: Text
    """Its verifier key (`NAME+HASH+KEY`), as its operator gives it."""
    every: SomeTime = 60.0
    """The time between two checkpoints it is sent."""


class AuditAnchors(Model):
    """Places outside the log that remember its checkpoints: what shows that the past was rewritten."""

    prometheus: AuditPrometheus = empty()
    """Gauges for Prometheus; on unless switched off."""
    git: AuditGit | None = None
    """A git branch."""
    s3: AuditS3 | None = None
    """An S3 bucket with Object Lock."""
    alertmanager: AuditAlertmanager | None = None
    """A heartbeat through Alertmanager."""
    witnesses: dict[Name, AuditWitness] = Field(default_factory=dict)
    """Witnesses, by name."""


class Audit(Model):
    """The tamper-evident audit log."""

    log: LogUrl
    """Where it is kept: a path, `sqlite:///PATH`, or `postgresql://USER@HOST/DATABASE`."""
    key: OwnSecret
    """The private key that signs checkpoints, as `monitorgen audit keys generate` writes it."""
    name: Name = "monitoring"
    """The log's name; with the organization it makes the origin that checkpoints carry."""
    guard: Text = "/var/lib/monitorgen-signer/guard"
    """The signer's own memory of what it signed last; not in the log's folder."""
    trust: Text | None = None
    """The trust file, which says whose signatures to believe. Keep it under version control."""
    checkpoints: AuditCheckpoints = empty()
    """When checkpoints are signed."""
    filters: dict[Word, AuditFilter] = Field(default_factory=dict)
    """What is recorded, by category; of a category that is not named, everything."""
    personal: list[Text] = Field(default_factory=list)
    """Fields of a record's `data` that hold personal values: kept apart, so that they can be erased."""
    retention: AuditRetention | None = None
    """How long records are kept."""
    anchors: AuditAnchors = empty()
    """Places outside the log that remember its checkpoints."""
    stale_after: SomeTime = 3600.0
    """The age of the newest anchored checkpoint from which `verify` no longer calls the log anchored."""
