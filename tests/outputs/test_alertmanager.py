"""alertmanager.yml says what the routing tree says, and both generations of amtool accept it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.model.routing import Integration, Receiver, Route, RoutingTree
from monitorgen.outputs.alertmanager import OUTPUT, matcher
from tests.support.nasty_strings import NASTY_STRINGS
from tests.support.servers import Generation
from tests.support.stacks import stack

HOOK = Integration("webhook_configs", {"url": "http://127.0.0.1/hook"})
NOBODY = Receiver("nobody", (), ())
OPS = Receiver("ops", ("ops",), (HOOK,))


def files(routing: RoutingTree) -> dict[str, str]:
    return dict(OUTPUT.render(stack(routing=routing)))


def text(routing: RoutingTree) -> str:
    return files(routing)["alertmanager/alertmanager.yml"]


def config(routing: RoutingTree) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(routing))
    return found


def write(routing: RoutingTree, folder: Path) -> Path:
    for path, content in files(routing).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return folder / "alertmanager/alertmanager.yml"


TREE = RoutingTree(
    Route(
        "nobody",
        (),
        ("routing", "default"),
        comment="what no team's route takes",
        group_by=("alertname", "service"),
        group_wait=30.0,
        group_interval=300.0,
        repeat_interval=14400.0,
        routes=(
            Route(
                "ops",
                (("team", "payments"),),
                ("teams", "payments", "notify", "default"),
                comment="the payments team\n# not a comment of its own",
                routes=(
                    Route("nobody", (("severity", "low"),), ("teams", "payments", "notify", "low")),
                    Route(
                        "ops",
                        (("severity", "high"),),
                        ("teams", "payments", "notify", "high"),
                        group_wait=0.5,
                    ),
                ),
            ),
        ),
    ),
    (NOBODY, OPS),
)


def test_text() -> None:
    """The whole file, as a person reads it."""
    assert (
        text(TREE)
        == """\
global:
  http_config:
    follow_redirects: false
templates:
  - templates/*.tmpl
route:
  receiver: nobody
  group_by:
    - alertname
    - service
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    # the payments team # not a comment of its own (teams.payments.notify.default)
    - receiver: ops
      matchers:
        - team="payments"
      routes:
        # teams.payments.notify.low
        - receiver: nobody
          matchers:
            - severity="low"
        # teams.payments.notify.high
        - receiver: ops
          matchers:
            - severity="high"
          group_wait: 500ms
receivers:
  - name: nobody
  - name: ops
    webhook_configs:
      - url: http://127.0.0.1/hook
"""
    )


def test_templates_are_shipped() -> None:
    shipped = {path: content for path, content in files(TREE).items() if path.endswith(".tmpl")}
    assert set(shipped) == {
        f"alertmanager/templates/{name}.tmpl" for name in ("common", "email", "pagerduty", "slack")
    }
    assert all("{{ define" in content for content in shipped.values())


def test_extra() -> None:
    root = Route(
        "nobody",
        (),
        (),
        routes=(
            Route("ops", (("team", "a"),), (), extra={"continue": True, "matchers": ['tier="1"']}),
            Route("ops", (("team", "b"),), (), extra={"mute_time_intervals": ["night"]}),
        ),
        extra={"routes": [{"receiver": "mine", "matchers": ['a="b"']}]},
    )
    extra = {
        "global": {"smtp_from": "a@b.example", "http_config": {"proxy_url": "http://proxy:3128"}},
        "templates": ["own/*.tmpl"],
        "receivers": [{"name": "mine"}],
        "time_intervals": [{"name": "night", "time_intervals": [{"weekdays": ["sunday"]}]}],
        "route": {"group_by": ["..."]},
    }
    found = config(RoutingTree(root, (NOBODY, OPS), extra))
    assert found["global"] == {
        "smtp_from": "a@b.example",
        "http_config": {"follow_redirects": False, "proxy_url": "http://proxy:3128"},
    }
    assert found["templates"] == ["templates/*.tmpl", "own/*.tmpl"]
    assert [receiver["name"] for receiver in found["receivers"]] == ["nobody", "ops", "mine"]
    assert found["route"]["group_by"] == ["..."]
    assert found["route"]["routes"] == [
        {"receiver": "ops", "matchers": ['team="a"', 'tier="1"'], "continue": True},
        {"receiver": "ops", "matchers": ['team="b"'], "mute_time_intervals": ["night"]},
        {"receiver": "mine", "matchers": ['a="b"']},
    ]


@pytest.mark.parametrize("extra", [{"routes": 5}, {"matchers": "a"}, {"receiver": None}, {"group_by": {}}])
def test_extra_of_the_wrong_kind_is_left_to_alertmanager(
    extra: dict[str, Any], generation: Generation, tmp_path: Path
) -> None:
    root = Route("nobody", (), (), routes=(Route("ops", (("team", "a"),), (), extra=extra),), extra=extra)
    done = generation.amtool("check-config", write(RoutingTree(root, (NOBODY, OPS)), tmp_path))
    assert done.returncode == 1


_VALUES = st.one_of(st.sampled_from(NASTY_STRINGS), st.text(max_size=20)).filter(
    lambda value: value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
)


@settings(max_examples=200, deadline=None)
@given(_VALUES, _VALUES)
def test_any_value_keeps_its_place(value: str, comment: str) -> None:
    child = Route("ops", (("team", value),), ("teams", value), comment=comment)
    found = config(RoutingTree(Route("nobody", (), (), routes=(child, child)), (NOBODY, OPS)))
    assert found["route"] == {
        "receiver": "nobody",
        "routes": [{"receiver": "ops", "matchers": [matcher("team", value)]}] * 2,
    }


def test_amtool_accepts_any_value(generation: Generation, tmp_path: Path) -> None:
    routes = tuple(Route("ops", (("team", value),), ("teams", value)) for value in NASTY_STRINGS)
    config_file = write(RoutingTree(Route("nobody", (), (), routes=routes), (NOBODY, OPS)), tmp_path)
    done = generation.amtool("check-config", config_file)
    assert done.returncode == 0, done.stdout + done.stderr
