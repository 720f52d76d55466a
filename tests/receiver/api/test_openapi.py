"""The description is true: what it promises is answered, whatever is asked."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from monitorgen_exporters.receiver.api.permissions import PERMISSIONS
from tests.support.receiver_api import TOKENS, Api, alert, running_api, settings_of


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("receiver")
    with running_api(settings_of(f"sqlite:///{folder / 'log.db'}", folder)) as running:
        running.deliver(alert(), alert("Other", service="web"))
        yield running


_IN_FRONT = (
    "POST /api/v1/webhook",
    "POST /api/v1/webhook/{source}",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
)
# A stream has no end by itself, and OpenAPI has no words for a WebSocket.
_FINITE = sorted({*PERMISSIONS, *_IN_FRONT} - {"GET /api/v1/stream", "GET /api/v1/stream/ws"})


@pytest.fixture(scope="module")
def described(served: Api) -> Any:
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("operation", _FINITE)
def test_made_up_requests_are_answered_as_described(
    served: Api, described: Any, operation: str, mode: GenerationMode
) -> None:
    method, path = operation.split(" ")
    token = TOKENS["eu1"] if "/webhook" in path else served.key()

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(described[path][method].as_strategy(generation_mode=mode))
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            # Whether a time is one, say, no schema tells; and in a query each text is a list of one.
            excluded_checks=[positive_data_acceptance, negative_data_rejection],
        )

    try:
        ask()
    except Unsatisfiable:
        assert (mode, path.startswith("/api")) == (GenerationMode.NEGATIVE, False)


def test_every_operation_is_described(served: Api) -> None:
    paths = requests.get(f"{served.url}/openapi.json", timeout=60).json()["paths"]
    found = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    assert found == {*_FINITE, "GET /api/v1/stream"}
    for path, item in paths.items():
        for method, operation in item.items():
            assert operation["description"], path
            assert operation["tags"], path
            permission = PERMISSIONS.get(f"{method.upper()} {path}")
            if permission is not None:
                assert f"`{permission}`" in operation["description"]


def test_what_is_answered_in_front_is_as_described(served: Api) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        answer = requests.get(served.url + path, timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "onload", "style")]


def test_the_page_of_all_operations_needs_no_script_and_no_other_place(served: Api) -> None:
    answer = requests.get(f"{served.url}/docs", timeout=60)
    assert "script" not in answer.headers["Content-Security-Policy"]
    page = Page()
    page.feed(answer.text)
    assert page.loaded == ["/openapi.json"]
    assert page.tags.count("h3") == len(_FINITE) + 1
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
