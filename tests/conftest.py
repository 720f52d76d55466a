"""The `generation` fixture, and the summary of what the real servers were asked.

Tests that take `generation` run once against each generation of servers that `scripts/servers` brings.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.longest import LONGEST
from tests.support.servers import GENERATIONS, Generation, generations
from tests.support.tally import record_use, tally

# A test may not fail because the machine is busy; and CI tries what it tried before, so that a change is
# judged by what it changes. New examples are for the people who run the tests.
settings.register_profile(
    "monitorgen",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("monitorgen")

pytest_plugins = ["tests.support.databases", "tests.support.routers"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes what is expected anew: golden cases and the corpus of bad specs."""
    parser.addoption("--update", action="store_true", help="write the expected files of golden cases anew")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written anew instead of compared."""
    return bool(request.config.getoption("--update"))


def servers_required() -> bool:
    """True when a missing server is a failure: MONITORGEN_REQUIRE_SERVERS says so, or else CI."""
    decided = os.environ.get("MONITORGEN_REQUIRE_SERVERS") or os.environ.get("CI", "")
    return decided.lower() in ("1", "true", "yes")


@pytest.fixture(scope="session", params=GENERATIONS)
def generation(request: pytest.FixtureRequest) -> Generation:
    """Each generation of servers in turn: `oldest`, then `newest`."""
    for found in generations():
        if found.name == request.param:
            record_use(found)
            return found
    missing = f"the {request.param} servers are not in .servers/{request.param}: run scripts/servers"
    if servers_required():
        pytest.fail(missing)
    pytest.skip(missing)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files first that take longest (`LONGEST`)."""
    place = {file: number for number, file in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Sends what this worker counted to the process that prints the summary."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tally"] = (tally.used, dict(tally.skipped))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes what an ended worker counted; one that crashed has nothing to say."""
    tally.add(*getattr(node, "workeroutput", {}).get("tally", ({}, {})))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints which servers were used and what was skipped, before pytest's own closing line."""
    for report in terminalreporter.getreports("skipped"):
        tally.skipped[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1
    if lines := tally.lines():
        terminalreporter.section("servers")
        for line in lines:
            terminalreporter.line(line)
