"""The API of a receiver, put together."""

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, FastAPI

from monitorgen_exporters.receiver.access.limits import RateLimit
from monitorgen_exporters.receiver.api import (
    alerts,
    audit,
    effects,
    history,
    keys,
    lifecycle,
    rules,
    status,
    stream,
    tenants,
)
from monitorgen_exporters.receiver.api.access_log import AccessLog
from monitorgen_exporters.receiver.api.bounds import Bounds
from monitorgen_exporters.receiver.api.problems import answer_with_problems
from monitorgen_exporters.receiver.service import Service

__all__ = ["create_api"]

_ROUTERS: Final[tuple[APIRouter, ...]] = (
    alerts.router,
    lifecycle.router,
    history.router,
    stream.router,
    rules.router,
    effects.router,
    audit.router,
    tenants.router,
    keys.router,
    status.router,
)


def create_api(service: Service) -> FastAPI:
    """The API of a running service, for one event loop.

    Webhook, health and metrics are answered in front of it (web/front.py), and only documented here.
    """
    app = FastAPI(
        title="monitorgen receiver",
        version=version("monitorgen"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.limit = RateLimit(service.settings.limits.requests_per_minute)
    for router in _ROUTERS:
        app.include_router(router)
    answer_with_problems(app)
    app.add_middleware(Bounds)
    app.add_middleware(AccessLog)
    return app
