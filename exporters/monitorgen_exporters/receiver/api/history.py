"""What happened to alerts, one event after the other."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitorgen_exporters.receiver.api.alerts import AlertId
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.tags import tagged
from monitorgen_exporters.receiver.api.words import Limit, Moment, Word, moment_of
from monitorgen_exporters.receiver.queries.alerts import find_alert
from monitorgen_exporters.receiver.queries.events import Event, EventQuery, find_events

__all__ = ["AlertEvent", "event_of", "router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["history"])


class AlertEvent(BaseModel):
    """Something that happened to an alert."""

    seq: int = Field(description="Its number: events are numbered in the order of their commits.")
    alert: str = Field(description="The id of the alert.")
    tenant: str | None
    at: str
    type: str = Field(description="What happened.", examples=["opened", "acknowledged", "resolved"])
    actor: str = Field(description="Who did it: `user:NAME`, `key:NAME` or `system:PART`.")
    data: dict[str, Any] = Field(description="What there is to say of it.")
    record: str | None = Field(
        description="The id of its record in the audit log; null where the settings leave such out."
    )


class History(BaseModel):
    """Some events."""

    events: list[AlertEvent]
    next: str | None = Field(description="`after` for the next page; null: these are the last.")


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: list[Word] = Field([], max_length=50, description="One of these types.")
    actor: list[Word] = Field([], max_length=50, description="Done by one of these.")
    since: Moment | None = Field(None, description="Then or later: a time, or how long ago (`36h`).")
    until: Moment | None = Field(None, description="Before that.")
    order: Literal["newest", "oldest"] = Field("newest", description="Which come first.")
    limit: int = Field(100, ge=1, le=Limit)
    after: int | None = Field(None, ge=0, lt=1 << 63, description="`next` of the page before.")


class HistoryFilters(_Page):
    """Which events. A parameter that may stand several times fits an event that fits one of them."""

    tenant: Word | None = Field(None, description="A credential of one tenant sees only that one's anyway.")


class AlertHistoryFilters(_Page):
    """Which events of an alert."""

    order: Literal["newest", "oldest"] = Field("oldest", description="Which come first.")


@router.get("/api/v1/history", response_model=History)
def history(
    request: Request, service: TheService, who: Who, filters: Annotated[HistoryFilters, Query()]
) -> Response:
    """What happened to any alert, a page at a time. The live stream (`/api/v1/stream`) goes on from there."""
    return _answer(request, service, who, filters, EventQuery(tenant=filters.tenant))


@router.get("/api/v1/alerts/{id}/history", response_model=History)
def alert_history(
    request: Request,
    service: TheService,
    who: Who,
    id: AlertId,
    filters: Annotated[AlertHistoryFilters, Query()],
) -> Response:
    """What happened to one alert, from its first delivery on."""
    with service.database.read() as store:
        if find_alert(store, who.tenant, id) is None:
            raise Problem.not_found("alert")
    return _answer(request, service, who, filters, EventQuery(episode=id))


def _answer(request: Request, service: TheService, who: Who, filters: _Page, asked: EventQuery) -> Response:
    query = replace(
        asked,
        types=tuple(filters.type),
        actors=tuple(filters.actor),
        since=moment_of("since", filters.since),
        until=moment_of("until", filters.until),
    )
    with service.database.read() as store:
        found = find_events(
            store,
            who.tenant,
            query,
            limit=filters.limit + 1,
            after=filters.after,
            oldest_first=filters.order == "oldest",
        )
    shown = found[: filters.limit]
    page = History.model_construct(
        events=[event_of(event) for event in shown],
        next=str(shown[-1].seq) if len(found) > len(shown) else None,
    )
    return tagged(request, page.model_dump_json().encode())


def event_of(event: Event) -> AlertEvent:
    """The event as it is shown."""
    return AlertEvent.model_construct(
        seq=event.seq,
        alert=event.episode,
        tenant=event.tenant or None,
        at=event.ts,
        type=event.type,
        actor=event.actor,
        data=event.data,
        record=event.record or None,
    )
