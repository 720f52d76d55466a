"""Reports: how alerts were dealt with, as JSON or for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitorgen_exporters.audit.export import safe_cell
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.words import Moment, Word, moment_of
from monitorgen_exporters.receiver.queries.statistics import FLAP, Figures, Grouping, statistics

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["reports"])


class GroupReport(BaseModel):
    """The figures of one group, over the alerts that were opened in the period. An alert is one firing."""

    group: str = Field(description="Its team, service, and so on; empty where alerts have none.")
    alerts: int = Field(description="Alerts that were opened in the period.")
    open: int = Field(description="Those that have not ended.")
    acknowledged: int = Field(description="Those that somebody acknowledged.")
    resolved: int = Field(description="Those that ended by a resolve, Alertmanager's or a person's.")
    vanished: int = Field(description="Those that ended unseen; they count in no mean.")
    mtta_seconds: float | None = Field(
        description="Mean time to acknowledge: from opening to the first time somebody did."
    )
    mttr_seconds: float | None = Field(
        description="Mean time to resolve: from opening to the end, over `resolved`."
    )
    untouched: int = Field(description="Those that ended, and nobody had done anything with them.")
    noise: float | None = Field(description="`untouched / (resolved + vanished)`, from 0 to 1.")
    flaps: int = Field(
        description=f"How often an alert fired again within {FLAP / 60:.0f} minutes of its end, or was open "
        "again after its resolve."
    )
    flapping: float | None = Field(description="The part of all firings that were flaps, from 0 to 1.")


class Report(BaseModel):
    """Figures of a period, by group."""

    by: Grouping
    since: str
    until: str
    groups: list[GroupReport]


class ReportFilters(BaseModel):
    """What period, and in which form."""

    model_config = ConfigDict(extra="forbid")

    since: Moment = Field("30d", description="Its first moment: a time, or how long ago.")
    until: Moment | None = Field(None, description="The first moment after it; now unless given.")
    tenant: Word | None = Field(None, description="A credential of one tenant sees only that one's anyway.")
    format: Literal["json", "csv"] = "json"


@router.get(
    "/api/v1/reports/{by}",
    response_model=Report,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def report(
    service: TheService,
    who: Who,
    by: Annotated[Grouping, Path(description="By what figures are grouped; `summary`: all in one group.")],
    filters: Annotated[ReportFilters, Query()],
) -> Report | Response:
    """How alerts were dealt with: how many, how soon, how noisy.

    In the CSV form, a cell that a spreadsheet would run as a formula has a `'` before it.
    """
    since = moment_of("since", filters.since) or ""
    until = moment_of("until", filters.until) or now()
    with service.database.read() as store:
        found = statistics(store, who.tenant, by, since=since, until=until, only_tenant=filters.tenant)
    groups = [_shown(figures) for figures in found]
    if filters.format == "csv":
        return Response(
            _csv(groups),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="alerts-{by}.csv"'},
        )
    return Report(by=by, since=since, until=until, groups=groups)


def _shown(figures: Figures) -> GroupReport:
    same = ("group", "alerts", "open", "acknowledged", "resolved", "vanished", "untouched", "flaps")
    return GroupReport(
        **{name: getattr(figures, name) for name in same},
        mtta_seconds=_rounded(figures.mtta),
        mttr_seconds=_rounded(figures.mttr),
        noise=_rounded(figures.noise),
        flapping=_rounded(figures.flapping),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _csv(groups: Sequence[GroupReport]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    names = tuple(GroupReport.model_fields)
    writer.writerow(names)
    for group in groups:
        cells = (getattr(group, name) for name in names)
        writer.writerow(["" if cell is None else safe_cell(str(cell)) for cell in cells])
    return text.getvalue().encode()
