"""What the receiver does outside of itself: notifications and commands, and how far each has come."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.lifecycle import Reason
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.tags import tagged
from monitorgen_exporters.receiver.api.words import Id, Limit, Word
from monitorgen_exporters.receiver.effects import outbox
from monitorgen_exporters.receiver.effects.kind import Effect
from monitorgen_exporters.receiver.queries.effects import EffectQuery, find_effect, find_effects

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["effects"])

EffectId = Annotated[Id, Path(description="The effect's id.")]


class EffectSummary(BaseModel):
    """Something done, or to be done, because of an alert."""

    id: str = Field(description="Also the `Idempotency-Key` of what is sent.")
    kind: str = Field(description="`http` or `command`.")
    name: str = Field(description="Of the notification or action in the settings.")
    alert: str = Field(description="The id of the alert.")
    tenant: str | None
    target: str = Field(description="What a cooldown is held for; empty where that does not matter.")
    state: outbox.EffectState = Field(
        description="`planned`, `claimed` and `started` are under way. `unknown`: it was begun, and nobody "
        "knows what came of it. `skipped`: a rule forbade it."
    )
    why: str = Field(description="What went wrong, or which rule applied; empty where all went well.")
    attempts: int
    next_at: str = Field(description="When it is tried next, while it is planned.")
    planned_at: str
    changed_at: str


class EffectDetails(EffectSummary):
    """An effect with what it was asked to do, and what came of it."""

    request: dict[str, Any] = Field(description="As it was planned; secrets are never in it.")
    result: dict[str, Any] = Field(description="What came of it, with secrets blacked out.")


class EffectPage(BaseModel):
    """Some effects, the newest first."""

    effects: list[EffectSummary]
    next: str | None = Field(description="`after` for the next page; null: these are the last.")


class EffectFilters(BaseModel):
    """Which effects. A parameter that may stand several times fits an effect that fits one of them."""

    model_config = ConfigDict(extra="forbid")

    state: list[outbox.EffectState] = Field([], max_length=20)
    kind: list[Word] = Field([], max_length=20)
    name: list[Word] = Field([], max_length=50)
    alert: Id | None = Field(None, description="Those of one alert.")
    tenant: Word | None = Field(None, description="A credential of one tenant sees only that one's anyway.")
    limit: int = Field(100, ge=1, le=Limit)
    after: Id | None = Field(None, description="`next` of the page before.")


_Said = Annotated[Reason | None, Body()]


@router.get("/api/v1/effects", response_model=EffectPage)
def list_effects(
    request: Request, service: TheService, who: Who, filters: Annotated[EffectFilters, Query()]
) -> Response:
    """Effects, those planned last first, a page at a time."""
    query = EffectQuery(
        tuple(filters.state), tuple(filters.kind), tuple(filters.name), filters.alert, filters.tenant
    )
    with service.database.read() as store:
        found = find_effects(store, who.tenant, query, limit=filters.limit + 1, after=filters.after)
    shown = found[: filters.limit]
    page = EffectPage(
        effects=[EffectSummary(**_summary(effect)) for effect in shown],
        next=shown[-1].id if len(found) > len(shown) else None,
    )
    return tagged(request, page.model_dump_json().encode())


@router.get("/api/v1/effects/{id}", response_model=EffectDetails)
def show_effect(request: Request, service: TheService, who: Who, id: EffectId) -> Response:
    """One effect."""
    return tagged(request, _details(service, who, id).model_dump_json().encode())


@router.post("/api/v1/effects/{id}/retry")
def retry_effect(service: TheService, who: Who, id: EffectId, said: _Said = None) -> EffectDetails:
    """Have an effect done again that failed, is unknown, or was skipped or cancelled.

    The rules that hold actions back do not hold for it: a person has decided.
    """
    try:
        with service.database.write() as work:
            outbox.retry(work, id, who.actor, said.why if said else "", tenant=who.tenant)
    except outbox.EffectNotFound:
        raise Problem.not_found("effect") from None
    except outbox.EffectRefused as problem:
        raise Problem(409, str(problem)) from None
    return _details(service, who, id)


@router.post("/api/v1/effects/{id}/cancel")
def cancel_effect(service: TheService, who: Who, id: EffectId, said: _Said = None) -> EffectDetails:
    """Have an effect that waits not done."""
    try:
        with service.database.write() as work:
            outbox.cancel_one(work, id, who.actor, said.why if said else "", tenant=who.tenant)
    except outbox.EffectNotFound:
        raise Problem.not_found("effect") from None
    except outbox.EffectRefused as problem:
        raise Problem(409, str(problem)) from None
    return _details(service, who, id)


def _details(service: TheService, who: Who, id: str) -> EffectDetails:
    with service.database.read() as store:
        found = find_effect(store, who.tenant, id)
    if found is None:
        raise Problem.not_found("effect")
    return EffectDetails(**_summary(found), request=dict(found.request), result=dict(found.result))


def _summary(effect: Effect) -> dict[str, Any]:
    same = ("id", "kind", "name", "target", "state", "why", "attempts", "next_at", "planned_at", "changed_at")
    return {
        **{name: getattr(effect, name) for name in same},
        "alert": effect.episode,
        "tenant": effect.tenant or None,
    }
