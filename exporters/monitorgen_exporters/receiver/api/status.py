"""How the receiver is doing, and who one is to it."""

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Row
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.queries.alerts import count_by_status

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["receiver"])


class SourceStatus(BaseModel):
    """One of the Alertmanager clusters that post."""

    name: str
    tenant: str | None = Field(description="Whose alerts it sends; null where they belong to none.")
    polled_at: str | None = Field(description="When its API was last asked; null where it was not.")
    good_at: str | None = Field(description="When that last succeeded.")
    error: str = Field(description="Why it did not, last time; empty when it did.")
    alerts: int | None = Field(description="How many alerts it showed then.")


class OpenAlerts(BaseModel):
    """How many alerts are open."""

    status: str
    severity: str
    count: int


class ReceiverStatus(BaseModel):
    """How the receiver is doing, as far as who asks may know."""

    version: str = Field(description="Of monitorgen.")
    organization: str
    environment: str | None
    now: str = Field(description="The receiver's clock.")
    event: int = Field(description="The number of the newest event.")
    open: list[OpenAlerts] = Field(description="Open alerts by status and severity.")
    sources: list[SourceStatus]


class WhoAmI(BaseModel):
    """What the receiver takes the sender of a request for."""

    name: str
    actor: str = Field(description="As history and audit log name them.")
    tenant: str | None = Field(description="The one tenant whose alerts there are for them; null: all.")
    permissions: list[str]


@router.get("/api/v1/status")
def status(service: TheService, who: Who) -> ReceiverStatus:
    """What is open, and whether the sources can be reached."""
    settings = service.settings
    with service.database.read() as store:
        ((event,),) = store.query("SELECT COALESCE(MAX(seq), 0) FROM receiver_event")
        counts = count_by_status(store, who.tenant)
        polled = {
            row[0]: row[1:]
            for row in store.query("SELECT name, polled_at, good_at, error, alerts FROM receiver_source")
        }
    return ReceiverStatus(
        version=version("monitorgen"),
        organization=settings.organization,
        environment=settings.environment,
        now=now(),
        event=event,
        open=[OpenAlerts(status=status, severity=severity, count=n) for status, severity, n in counts],
        sources=[
            _source(name, source.tenant, polled.get(name, (None, None, "", None)))
            for name, source in sorted(settings.sources.items())
            if who.sees(source.tenant or "")
        ],
    )


@router.get("/api/v1/whoami")
def whoami(who: Who) -> WhoAmI:
    """Whom the credential stands for, and what they may do."""
    return WhoAmI(name=who.name, actor=who.actor, tenant=who.tenant, permissions=sorted(who.permissions))


def _source(name: str, tenant: str | None, polled: Row) -> SourceStatus:
    polled_at, good_at, error, alerts = polled
    return SourceStatus(
        name=name, tenant=tenant, polled_at=polled_at, good_at=good_at, error=error, alerts=alerts
    )
