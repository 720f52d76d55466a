"""What people do with an alert. Each is one transaction: state, history, audit record, and what follows."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from monitorgen_exporters.receiver.api.alert_models import Alert, alert_of
from monitorgen_exporters.receiver.api.alerts import AlertId
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.tags import expected_version, tag_of
from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.episodes.lifecycle import LONGEST_COMMENT, LONGEST_NAME, LONGEST_REASON
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.service import Service
from monitorgen_exporters.receiver.work import Work

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["alerts"])

# Characters that a terminal would act on are in no text; newlines are in those that may have lines.
_LINE: Final = r"[^\x00-\x1f\x7f-\x9f]*"
_LINES: Final = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
_SOMETHING: Final = r"[^\s\x00-\x1f\x7f-\x9f]"

_Why = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_REASON, pattern=rf"^{_LINES}{_SOMETHING}{_LINES}$"),
    Field(description="For those who read the history."),
]
_Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=rf"^{_LINE}{_SOMETHING}{_LINE}$")]
_Until = Annotated[
    AwareDatetime, Field(description="A time to come, with its zone.", examples=["2026-11-21T18:00:00Z"])
]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Acknowledgement(_Said):
    """That somebody has taken an alert on."""

    why: _Why
    until: _Until | None = Field(
        None,
        description="When it runs out. Without it, when the alert ends, or the longest the settings allow.",
    )


class Suppression(_Said):
    """That an alert is known, and is not to be heard of for a while."""

    why: _Why
    until: _Until


class Reason(_Said):
    """Why something is taken back."""

    why: str = Field("", max_length=LONGEST_REASON, pattern=rf"^{_LINES}$")


class Resolution(_Said):
    """That an alert is over, as a person says."""

    why: _Why


class Assignment(_Said):
    """Whose an alert is to mend."""

    assignee: _Name | None = Field(description="A person or a team; null: nobody.")


class Comment(_Said):
    """Something to remember."""

    text: str = Field(min_length=1, max_length=LONGEST_COMMENT, pattern=rf"^{_LINES}{_SOMETHING}{_LINES}$")


_Back = Annotated[Reason | None, Body()]


@router.post("/api/v1/alerts/{id}/acknowledge", response_model=Alert)
def acknowledge(
    request: Request, service: TheService, who: Who, id: AlertId, said: Acknowledgement
) -> Response:
    """Take an alert on: nobody is reminded of it, and its escalation stops, until then or until it ends."""
    until = None if said.until is None else said.until.isoformat()
    longest = service.settings.acknowledgement.max
    return _do(
        service,
        lambda work: lifecycle.acknowledge(
            work,
            id,
            who.actor,
            said.why,
            until,
            longest=longest,
            expected=expected_version(request),
            tenant=who.tenant,
        ),
    )


@router.post("/api/v1/alerts/{id}/unacknowledge", response_model=Alert)
def unacknowledge(
    request: Request, service: TheService, who: Who, id: AlertId, said: _Back = None
) -> Response:
    """Give an alert back: it waits for somebody again."""
    why = said.why if said else ""
    return _do(
        service,
        lambda work: lifecycle.unacknowledge(
            work, id, who.actor, why, expected=expected_version(request), tenant=who.tenant
        ),
    )


@router.post("/api/v1/alerts/{id}/suppress", response_model=Alert)
def suppress(request: Request, service: TheService, who: Who, id: AlertId, said: Suppression) -> Response:
    """Have an alert not heard of until then, also when it ends and fires again meanwhile."""
    return _do(
        service,
        lambda work: lifecycle.suppress(
            work,
            id,
            who.actor,
            said.why,
            said.until.isoformat(),
            expected=expected_version(request),
            tenant=who.tenant,
        ),
    )


@router.post("/api/v1/alerts/{id}/unsuppress", response_model=Alert)
def unsuppress(request: Request, service: TheService, who: Who, id: AlertId, said: _Back = None) -> Response:
    """Have a suppressed alert heard of again."""
    why = said.why if said else ""
    return _do(
        service,
        lambda work: lifecycle.unsuppress(
            work, id, who.actor, why, expected=expected_version(request), tenant=who.tenant
        ),
    )


@router.post("/api/v1/alerts/{id}/resolve", response_model=Alert)
def resolve(request: Request, service: TheService, who: Who, id: AlertId, said: Resolution) -> Response:
    """Say that an alert is over. If it still fires minutes later, Alertmanager is believed again."""
    return _do(
        service,
        lambda work: lifecycle.close(
            work, id, who.actor, said.why, expected=expected_version(request), tenant=who.tenant
        ),
    )


@router.post("/api/v1/alerts/{id}/assign", response_model=Alert)
def assign(request: Request, service: TheService, who: Who, id: AlertId, said: Assignment) -> Response:
    """Say whose an alert is to mend."""
    return _do(
        service,
        lambda work: lifecycle.assign(
            work, id, who.actor, said.assignee, expected=expected_version(request), tenant=who.tenant
        ),
    )


@router.post("/api/v1/alerts/{id}/comment", response_model=Alert)
def comment(request: Request, service: TheService, who: Who, id: AlertId, said: Comment) -> Response:
    """Write something into an alert's history, also after it has ended."""
    return _do(
        service,
        lambda work: lifecycle.comment(
            work, id, who.actor, said.text, expected=expected_version(request), tenant=who.tenant
        ),
    )


def _do(service: Service, act: Callable[[Work], Episode]) -> Response:
    try:
        with service.database.write() as work:
            episode = act(work)
    except lifecycle.NotFound:
        raise Problem.not_found("alert") from None
    except lifecycle.Changed as problem:
        raise Problem(412, str(problem)) from None
    except lifecycle.Refused as problem:
        raise Problem(409, str(problem)) from None
    body = alert_of(episode).model_dump_json()
    return Response(body, headers={"ETag": tag_of(episode)}, media_type="application/json")
