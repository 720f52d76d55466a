"""An Alertmanager that is asked where alerts go: by the very routes that it runs with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager

__all__ = ["Router"]

_NUMBER = "number_of_the_question"
"""A label that no route looks at; it tells an alert from every other that was ever posted."""


@dataclass(slots=True)
class Router:
    """An Alertmanager that reads one configuration after the other."""

    config: Path
    server: RunningServer
    questions: int = 0

    def receivers(self, config: str, some: Sequence[Mapping[str, str]]) -> list[str]:
        """For each label set the receivers that get it, in order and with commas between.

        Raises when Alertmanager does not take this configuration, or does not show an alert.
        """
        self.config.write_text(config)
        self.server.reload()
        first = self.questions
        self.questions += len(some)
        alerts = [
            {"labels": {**labels, _NUMBER: str(number)}} for number, labels in enumerate(some, start=first)
        ]
        requests.post(f"{self.server.url}/api/v2/alerts", json=alerts, timeout=60).raise_for_status()
        told = {
            alert["labels"][_NUMBER]: ",".join(receiver["name"] for receiver in alert["receivers"])
            for alert in self.server.get("/api/v2/alerts").json()
        }
        return [told[alert["labels"][_NUMBER]] for alert in alerts]


@pytest.fixture(scope="module")
def router(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    """An Alertmanager of each generation, for the tests of a file."""
    folder = tmp_path_factory.mktemp("router")
    config = folder / "alertmanager.yml"
    config.write_text("{route: {receiver: a}, receivers: [{name: a}]}")
    with run_alertmanager(generation, config, storage=folder / "storage") as server:
        yield Router(config, server)
