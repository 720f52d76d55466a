"""The door of every route: who asks, whether they may, and not too often. Before anything else is read."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response

from monitorgen.vocabulary.receiver_access import Permission
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.receiver.access.authentication import authenticate
from monitorgen_exporters.receiver.access.limits import RateLimit
from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.access.refusal import TEXTS, Refusal
from monitorgen_exporters.receiver.api.permissions import permission_of
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.strict_json import StrictRequest
from monitorgen_exporters.receiver.service import Service

__all__ = ["GuardedRoute", "TheService", "Who", "admit", "service_of"]


def service_of(connection: HTTPConnection) -> Service:
    """The receiver whose API this is."""
    service: Service = connection.app.state.service
    return service


def _principal(connection: HTTPConnection) -> Principal:
    found: Principal = connection.state.principal
    return found


TheService = Annotated[Service, Depends(service_of)]

Who = Annotated[Principal, Depends(_principal)]
"""Who asks, as the guard found."""


async def admit(connection: HTTPConnection, permission: Permission | None) -> Principal:
    """Who asks, if they may; also kept as `connection.state.principal`. Raises Problem and StoreError."""
    service = service_of(connection)
    sent = [value for name, value in connection.scope["headers"] if name == b"authorization"]
    found = await run_in_threadpool(
        authenticate,
        sent,
        keyring=service.keyring,
        tokens=service.tokens,
        now=now(),
        read=service.database.read,
    )
    if isinstance(found, Refusal):
        service.noting.refused(found)
        headers = {"WWW-Authenticate": 'Bearer realm="monitorgen"'} if found.status == 401 else {}
        raise Problem(found.status, found.text, headers=headers)
    connection.state.principal = found
    limit: RateLimit = connection.app.state.limit
    if seconds := limit.wait(found.actor):
        raise Problem.too_many(seconds)
    if permission is not None and not found.may(permission):
        raise Problem(403, f"{TEXTS[403]} It takes the permission `{permission}`.")
    return found


class GuardedRoute(APIRoute):
    """A route that the table of permissions has: nothing of a request is read before it is let in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        permission = permission_of("".join(self.methods or ()), self.path_format)

        async def guarded(request: Request) -> Response:
            await admit(request, permission)
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded
