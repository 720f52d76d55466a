"""Alerts: lists, and one by one."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from monitorgen_exporters.receiver.api.alert_models import Alert, AlertPage, alert_of
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.tags import tag_of, tagged
from monitorgen_exporters.receiver.api.words import Id, Limit, Moment, Word, moment_of
from monitorgen_exporters.receiver.episodes.model import Status
from monitorgen_exporters.receiver.queries.alerts import AlertQuery, find_alert, find_alerts

__all__ = ["AlertFilters", "AlertId", "router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_OPEN: Final[tuple[Status, ...]] = ("firing", "acknowledged", "suppressed")

AlertId = Annotated[Id, Path(description="The alert's id.")]

_Label = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^=\x00]+=[^\x00]*$")]


class AlertFilters(BaseModel):
    """Which alerts. A parameter that may stand several times fits an alert that fits one of them."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status | Literal["open"]] = Field(
        [], max_length=20, description="`open` is firing, acknowledged or suppressed."
    )
    tenant: Word | None = Field(None, description="A credential of one tenant sees only that one's anyway.")
    service: list[Word] = Field([], max_length=50)
    team: list[Word] = Field([], max_length=50)
    severity: list[Word] = Field([], max_length=50)
    environment: list[Word] = Field([], max_length=50)
    alertname: list[Word] = Field([], max_length=50)
    label: list[_Label] = Field([], max_length=10, description="`name=value`; all of them have to fit.")
    since: Moment | None = Field(None, description="Opened then or later: a time, or how long ago (`36h`).")
    until: Moment | None = Field(None, description="Opened before that.")
    q: Word = Field("", description="A piece of text in a label or an annotation.")
    limit: int = Field(100, ge=1, le=Limit, description="Most alerts of a page.")
    after: Id | None = Field(None, description="`next` of the page before.")

    def query(self) -> AlertQuery:
        """What they ask of the database. Raises Problem."""
        statuses = {one for status in self.status for one in (_OPEN if status == "open" else (status,))}
        return AlertQuery(
            statuses=tuple(sorted(statuses)),
            tenant=self.tenant,
            services=tuple(self.service),
            teams=tuple(self.team),
            severities=tuple(self.severity),
            environments=tuple(self.environment),
            alertnames=tuple(self.alertname),
            labels=tuple((name, value) for name, _, value in (each.partition("=") for each in self.label)),
            since=moment_of("since", self.since),
            until=moment_of("until", self.until),
            text=self.q,
        )


@router.get("/api/v1/alerts", response_model=AlertPage)
def list_alerts(
    request: Request, service: TheService, who: Who, filters: Annotated[AlertFilters, Query()]
) -> Response:
    """Alerts, the newest first, a page at a time.

    With `If-None-Match`, a page that is as it was is answered 304 and empty.
    """
    query = filters.query()
    with service.database.read() as store:
        found = find_alerts(store, who.tenant, query, limit=filters.limit + 1, after=filters.after)
    shown = found[: filters.limit]
    page = AlertPage.model_construct(
        alerts=[alert_of(episode) for episode in shown],
        next=shown[-1].id if len(found) > len(shown) else None,
    )
    return tagged(request, page.model_dump_json().encode())


@router.get("/api/v1/alerts/{id}", response_model=Alert)
def show_alert(request: Request, service: TheService, who: Who, id: AlertId) -> Response:
    """One alert. Its ETag is good for `If-Match`, by which nobody decides on what they have not seen."""
    with service.database.read() as store:
        found = find_alert(store, who.tenant, id)
    if found is None:
        raise Problem.not_found("alert")
    return tagged(request, alert_of(found).model_dump_json().encode(), tag_of(found))
