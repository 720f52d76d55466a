"""Tenants, and what each has open."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.queries.alerts import count_by_tenant

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["receiver"])


class Tenant(BaseModel):
    """One tenant; that without a name has the alerts of sources that belong to none."""

    name: str
    sources: list[str] = Field(description="The sources whose alerts are this tenant's.")
    open: int = Field(description="How many of its alerts are open.")


class TenantList(BaseModel):
    """Tenants, by name."""

    tenants: list[Tenant]


@router.get("/api/v1/tenants")
def list_tenants(service: TheService, who: Who) -> TenantList:
    """The tenants there are for who asks: all, or their own."""
    with service.database.read() as store:
        open_now = count_by_tenant(store, who.tenant)
    sources: dict[str, list[str]] = {name: [] for name in open_now}
    for name, source in sorted(service.settings.sources.items()):
        if who.sees(source.tenant or ""):
            sources.setdefault(source.tenant or "", []).append(name)
    if who.tenant is not None:
        sources.setdefault(who.tenant, [])
    return TenantList(
        tenants=[
            Tenant(name=name, sources=of_it, open=open_now.get(name, 0))
            for name, of_it in sorted(sources.items())
        ]
    )
