"""What every kind of effect is: something done outside the database, for one row of the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

import orjson

from monitorgen.vocabulary.receiver_effects import ReceiverAction, ReceiverNotification
from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.tables import EFFECT

__all__ = ["Effect", "EffectSettings", "Kind", "Outcome", "Refusal"]


class EffectSettings(Protocol):
    """What effects need of the receiver's settings."""

    @property
    def notifications(self) -> Mapping[str, ReceiverNotification]:
        """The notifications, by name."""

    @property
    def actions(self) -> Mapping[str, ReceiverAction]:
        """The actions, by name."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the outbox (`tables.EFFECT`): what is to be done, and how far it has come."""

    id: str
    key: str
    kind: str
    name: str
    episode: str
    tenant: str
    target: str
    state: str
    why: str
    attempts: int
    next_at: str
    lease_until: str | None
    owner: str | None
    request: Mapping[str, Any]
    result: Mapping[str, Any]
    planned_at: str
    changed_at: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """The effect in a row that has the columns of the table, in their order."""
        columns = dict(zip(EFFECT.columns, row, strict=True))
        for name in ("request", "result"):
            columns[name] = orjson.loads(columns[name] or "{}")
        return cls(**columns)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    `retry`: nothing came of it, and trying again may help. `failed`: trying again would not. `unknown`: it
    was begun, nobody knows whether it was done, and doing it twice is not allowed.
    """

    state: Literal["done", "failed", "retry", "unknown"]
    why: str = ""
    """For people, on one line and without secrets; empty where there is nothing to say."""
    result: Mapping[str, Json] = field(default_factory=dict)
    """What is kept of it: JSON without fractions, without secrets and of bounded length."""
    retry_after: float | None = None
    """The least seconds until the next attempt, where the other side has said so."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something must not be done, for people."""

    why: str


class Kind(Protocol):
    """A kind of effect. Its methods raise nothing, and may be called by many threads at once."""

    @property
    def name(self) -> str:
        """The word in `Effect.kind`."""

    def perform(self, effect: Effect, settings: EffectSettings) -> Outcome:
        """Does it, within `longest` seconds."""

    def longest(self, effect: Effect, settings: EffectSettings) -> float:
        """The most seconds that `perform` takes: a lease must not be shorter."""

    def idempotent(self, effect: Effect, settings: EffectSettings) -> bool:
        """Whether it may be done again when nobody knows whether it was done."""

    def verify(self, effect: Effect, settings: EffectSettings) -> bool | None:
        """Whether it was done; None where that cannot be found out."""
