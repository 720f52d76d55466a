"""An Alertmanager that is asked where alerts go: by the very routes that it runs with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import yaml

from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager

__all__ = ["Router", "receivers_of"]

_QUESTION, _NUMBER = "question", "number_in_question"
"""Labels that no route looks at; they tell an alert from every other that was ever posted."""


def receivers_of(
    alertmanager: RunningServer, question: str, some: Sequence[Mapping[str, str]]
) -> list[tuple[str, ...]]:
    """For each label set the receivers that get it, in order: asked by posting alerts.

    No two questions to an Alertmanager have one name.
    """
    marks = [{_QUESTION: question, _NUMBER: str(number)} for number in range(len(some))]
    alerts = [{"labels": {**labels, **mark}} for labels, mark in zip(some, marks, strict=True)]
    requests.post(f"{alertmanager.url}/api/v2/alerts", json=alerts, timeout=60).raise_for_status()
    told = {
        alert["labels"][_NUMBER]: tuple(receiver["name"] for receiver in alert["receivers"])
        for alert in alertmanager.get("/api/v2/alerts", filter=f'{_QUESTION}="{question}"').json()
    }
    return [told[mark[_NUMBER]] for mark in marks]


@dataclass(slots=True)
class Router:
    """An Alertmanager that reads one configuration after the other, and tells nobody anything."""

    config: Path
    server: RunningServer
    questions: int = 0

    def receivers(self, config: str, some: Sequence[Mapping[str, str]]) -> list[str]:
        """For each label set the receivers that get it, in order and with commas between.

        Raises when Alertmanager does not take this configuration, or does not show an alert.
        """
        self.config.write_text(_mute(config))
        self.server.reload()
        self.questions += 1
        return [",".join(names) for names in receivers_of(self.server, str(self.questions), some)]


def _mute(config: str) -> str:
    """The same routes, to receivers that tell nobody: the real ones may be on other machines, or on this."""
    content = yaml.safe_load(config)
    receivers = [{"name": receiver["name"]} for receiver in content["receivers"]]
    return yaml.safe_dump({**content, "receivers": receivers}, allow_unicode=True)


@pytest.fixture(scope="module")
def router(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    """An Alertmanager of each generation, for the tests of a file."""
    folder = tmp_path_factory.mktemp("router")
    config = folder / "alertmanager.yml"
    config.write_text("{route: {receiver: a}, receivers: [{name: a}]}")
    with run_alertmanager(generation, config, storage=folder / "storage") as server:
        yield Router(config, server)
