"""The API of a receiver, put together."""

from functools import cache
from importlib.metadata import version
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from monitorgen_exporters.receiver.access.limits import RateLimit
from monitorgen_exporters.receiver.api import (
    alerts,
    audit,
    docs,
    effects,
    history,
    keys,
    lifecycle,
    reports,
    rules,
    silences,
    status,
    stream,
    tenants,
)
from monitorgen_exporters.receiver.api.access_log import AccessLog
from monitorgen_exporters.receiver.api.bounds import Bounds
from monitorgen_exporters.receiver.api.openapi import describe
from monitorgen_exporters.receiver.api.problems import answer_with_problems
from monitorgen_exporters.receiver.service import Service

__all__ = ["ROUTERS", "create_api", "description"]

ROUTERS: Final[tuple[APIRouter, ...]] = (
    alerts.router,
    lifecycle.router,
    history.router,
    stream.router,
    rules.router,
    silences.router,
    effects.router,
    reports.router,
    audit.router,
    tenants.router,
    keys.router,
    status.router,
)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document: that of every receiver of this version, not to be changed."""
    return describe(_routed())


def create_api(service: Service) -> FastAPI:
    """The API of a running service, for one event loop.

    Webhook, health and metrics are answered in front of it (web/front.py), and only documented here.
    """
    app = _routed()
    app.state.service = service
    app.state.limit = RateLimit(service.settings.limits.requests_per_minute)
    app.openapi = description  # type: ignore[method-assign]
    page = docs.page(description()).encode()

    async def openapi(_: Request) -> Response:
        return Response(orjson.dumps(description()), media_type="application/json")

    async def show_docs(_: Request) -> Response:
        headers = {"Content-Security-Policy": docs.POLICY}
        return Response(page, headers=headers, media_type="text/html; charset=utf-8")

    # Without a credential: they say nothing of this receiver that its source does not say to everybody.
    app.add_route("/openapi.json", openapi)
    app.add_route("/docs", show_docs)
    answer_with_problems(app)
    app.add_middleware(Bounds)
    app.add_middleware(AccessLog)
    return app


def _routed() -> FastAPI:
    app = FastAPI(
        title="monitorgen receiver",
        version=version("monitorgen"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app
