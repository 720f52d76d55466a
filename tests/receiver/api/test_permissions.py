"""Nothing is done or shown without a credential, and nobody does what their roles do not allow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute

from monitorgen.vocabulary.receiver_access import PERMISSIONS as ALL
from monitorgen_exporters.receiver.api.app import ROUTERS, create_api
from monitorgen_exporters.receiver.api.guard import GuardedRoute
from monitorgen_exporters.receiver.api.permissions import PERMISSIONS
from tests.support.receiver_api import Api, running_api, settings_of

_NOBODY = "01900000-0000-7000-8000-000000000000"
_OPEN = {"/openapi.json", "/docs"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One receiver for all of these: none of them changes what another sees."""
    folder: Path = tmp_path_factory.mktemp("receiver")
    roles = {name: [name] for name in ALL}
    with running_api(settings_of(f"sqlite:///{folder / 'log.db'}", folder, roles=roles)) as running:
        yield running


def operations(app: FastAPI) -> set[str]:
    """Each method and path that the application answers."""
    found = set()
    included = [route for router in ROUTERS for route in router.routes]
    for route in [*app.routes, *included]:
        if isinstance(route, APIRoute):
            assert isinstance(route, GuardedRoute)
            found |= {f"{method} {route.path_format}" for method in route.methods or ()}
        elif isinstance(route, APIWebSocketRoute):
            found.add(f"GET {route.path_format}")
        elif getattr(route, "original_router", None) not in ROUTERS:
            assert getattr(route, "path", "") in _OPEN, f"a route of another kind: {route!r}"
    return found


def path_of(operation: str) -> tuple[str, str]:
    method, path = operation.split(" ")
    key = path.startswith("/api/v1/keys")
    id = "abcdefghijkl" if key else _NOBODY
    return method, path.replace("{id}", id).replace("{by}", "team").replace("{source}", "eu1")


def test_the_table_has_every_route_and_no_other(shared: Api) -> None:
    assert operations(create_api(shared.service)) == set(PERMISSIONS)


@pytest.mark.parametrize("operation", sorted(PERMISSIONS))
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer mgk_abcdefghijkl_" + "a" * 43},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Cookie": "session=admin", "X-Forwarded-User": "admin"},
    ],
    ids=["nothing", "unknown key", "unsigned token", "password", "cookie"],
)
def test_without_a_good_credential(shared: Api, operation: str, headers: dict[str, str]) -> None:
    method, path = path_of(operation)
    body: bytes | None = b"{not json"
    if path.endswith("/ws"):
        body = None
        headers = {
            **headers,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
    answer = requests.request(method, shared.url + path, headers=headers, data=body, timeout=60)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    # The same for each reason: nobody learns which keys there were.
    assert answer.json()["detail"] == "This needs a credential that is valid here."


@pytest.mark.parametrize("operation", sorted(name for name in PERMISSIONS if not name.endswith("/ws")))
def test_only_with_the_permission(shared: Api, operation: str) -> None:
    method, path = path_of(operation)
    needed = PERMISSIONS[operation]
    for permission in ALL:
        answer = shared.ask(method, path, role=permission, json={}, stream=path.endswith("/stream"))
        allowed = needed is None or permission in (needed, "admin")
        assert (answer.status_code != 403) == allowed, f"{permission}: {answer.status_code}"
        if not allowed:
            assert f"`{needed}`" in answer.json()["detail"]
        answer.close()


def test_a_tenant_s_admin_may_be_denied_what_is_not_theirs_only(shared: Api) -> None:
    answer = shared.ask("POST", "/api/v1/keys", tenant="acme", json={"name": "x", "roles": ["read"]})
    assert answer.status_code == 403
    made = shared.ask(
        "POST", "/api/v1/keys", tenant="acme", json={"name": "y", "roles": ["read"], "tenant": "acme"}
    )
    assert made.status_code == 201


def test_a_revoked_key_opens_nothing(shared: Api) -> None:
    made = shared.ask("POST", "/api/v1/keys", json={"name": "gone", "roles": ["read"]}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    place = f"{shared.url}/api/v1/whoami"
    assert requests.get(place, headers=headers, timeout=60).json()["actor"] == "key:gone"
    assert shared.ask("POST", f"/api/v1/keys/{made['id']}/revoke").status_code == 200
    assert requests.get(place, headers=headers, timeout=60).status_code == 401


def test_a_rotated_key_has_its_grace(shared: Api) -> None:
    made = shared.ask("POST", "/api/v1/keys", json={"name": "turn", "roles": ["read"]}).json()
    place = f"/api/v1/keys/{made['id']}/rotate"
    renewed = shared.ask("POST", place, json={"grace": 0}).json()
    assert (renewed["name"], renewed["roles"]) == ("turn", ["read"])
    for text, status in ((made["key"], 401), (renewed["key"], 200)):
        headers = {"Authorization": f"Bearer {text}"}
        assert requests.get(f"{shared.url}/api/v1/whoami", headers=headers, timeout=60).status_code == status
    assert shared.ask("POST", place, json={}).status_code == 409


def test_keys_are_never_shown_again(shared: Api) -> None:
    made = shared.ask("POST", "/api/v1/keys", json={"name": "secret", "roles": ["read"]}).json()
    listed = shared.ask("GET", "/api/v1/keys").text
    assert made["id"] in listed
    assert made["key"].rpartition("_")[2] not in listed
