"""What `monitorgen route` answers is what Alertmanager of both generations does with the built tree."""

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from monitorgen.cli.pipeline import Compiled, compile_spec, read
from monitorgen.outputs import alertmanager
from monitorgen.proofs.routes import ROUTES
from monitorgen.review.route import Routed, routed
from tests.support.checkout import TOP
from tests.support.routers import Router

EXAMPLES = sorted(folder.parent for folder in (TOP / "examples").glob("*/spec"))
SEVERITIES = ("info", "low", "medium", "high", "critical")


def built(compiled: Compiled) -> str:
    """Alertmanager's configuration in the built tree."""
    assert compiled.stack is not None, compiled.diagnostics
    return dict(alertmanager.OUTPUT.render(compiled.stack))[ROUTES]


def agrees(compiled: Compiled, router: Router, config: str, some: list[dict[str, str]]) -> int:
    """Asserts that each of `some` label sets goes to the same receivers; how many receivers there were."""
    found = [answer(compiled, labels) for labels in some]
    ours = [",".join(delivery.receiver for delivery in one.deliveries) for one in found]
    theirs = router.receivers(config, [one.labels for one in found])
    assert list(zip(some, ours, strict=True)) == list(zip(some, theirs, strict=True))
    for alert in {alert for one in found for alert in one.alerts}:
        own = answer(compiled, {"alertname": alert.name, "service": alert.service}).deliveries
        assert tuple(delivery.receiver for delivery in own) == alert.receivers
    return len(set(ours))


def answer(compiled: Compiled, labels: dict[str, str]) -> Routed:
    """What `monitorgen route` answers."""
    assert compiled.spec is not None
    assert compiled.plan is not None
    assert compiled.stack is not None, compiled.diagnostics
    found = routed(labels, compiled.spec, compiled.plan, compiled.stack.routing)
    assert not found.undecided
    return found


def own_labels(compiled: Compiled) -> Iterator[dict[str, str]]:
    """The labels of each alert of a spec that differ in what routes look at."""
    assert compiled.plan is not None
    seen = set()
    for service in compiled.plan.services:
        for alert in service.alerts:
            labels = {"alertname": alert.name, **alert.labels}
            if (key := json.dumps([labels.get(name) for name in ("team", "severity", "notify")])) not in seen:
                seen.add(key)
                yield labels


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples(example: Path, router: Router) -> None:
    compiled = compile_spec(read([example / "spec"]))
    assert compiled.plan is not None
    given = [
        {"team": team, "severity": severity}
        for team, severity in product(compiled.plan.teams, compiled.plan.severities)
    ]
    partial = [{"severity": severity} for severity in compiled.plan.severities]
    asked = [*own_labels(compiled), *given, *partial, {"team": "nobody"}]
    assert agrees(compiled, router, built(compiled), asked) > 2


def made_up(seed: int) -> str:
    """A spec with teams that name this or that severity, and alerts with and without own channels."""
    chance = random.Random(seed)  # noqa: S311
    channels = [f"c{number}" for number in range(4)]

    def some() -> list[str]:
        return chance.sample(channels, chance.randint(1, 3))

    def notify() -> dict[str, list[str]]:
        named = {severity: some() for severity in SEVERITIES if chance.random() < 0.4}
        return {**named, "default": some()}

    def alert() -> dict[str, object]:
        own: dict[str, object] = chance.choice([{}, {}, {"channels": some()}, {"add_channels": some()}])
        condition = {"type": "threshold", "metric": "m", "operator": "above", "value": 5}
        severity = chance.choice(SEVERITIES)
        return {"condition": condition, "severity": severity, "description": "x", **own}

    def team() -> dict[str, object]:
        route = {"receiver": ",".join(sorted(channels)), "matchers": ['zone=~"a|b"'], "continue": True}
        return {"notify": notify(), **({"extra": {"routes": [route]}} if chance.random() < 0.3 else {})}

    # One channel set that always exists, for the routes of the teams' own making.
    everyone = {
        "condition": {"type": "threshold", "metric": "m", "operator": "above", "value": 5},
        "severity": "low",
        "description": "x",
        "channels": channels,
    }
    return json.dumps(
        {
            "organization": "acme",
            "environment": "test",
            "channels": {name: {"type": "webhook", "url": f"http://127.0.0.1:9/{name}"} for name in channels},
            "teams": {f"t{number}": team() for number in range(3)},
            "routing": {"default": some()},
            "services": {
                f"s{number}": {
                    "team": f"t{number % 3}",
                    "alerts": {**{f"a{n}": alert() for n in range(4)}, "everyone": everyone},
                }
                for number in range(4)
            },
        }
    )


@pytest.mark.parametrize("seed", range(6))
def test_specs_made_up(seed: int, router: Router, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(made_up(seed))
    compiled = compile_spec(read([spec]))
    asked = [
        *own_labels(compiled),
        *({"team": f"t{number}", "severity": severity} for number in range(3) for severity in SEVERITIES),
        *({"team": f"t{number}", "zone": zone} for number in range(3) for zone in ("a", "c")),
        {},
    ]
    assert agrees(compiled, router, built(compiled), asked) > 3
