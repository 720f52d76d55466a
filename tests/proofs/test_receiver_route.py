"""The copy of every alert that goes to the receiver: people are told as they would be without it."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from monitorgen.cli.pipeline import Compiled, compile_spec, read
from monitorgen.cli.rendering import rendered
from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.routes import ROUTES, Way, ways
from monitorgen.proofs.rule_files import BuiltAlert
from tests.support.routers import Router
from tests.support.servers import Generation

SPEC = """
organization: acme
channels:
  chat: {type: webhook, url: "http://127.0.0.1:9/chat"}
  pager: {type: webhook, url: "http://127.0.0.1:9/pager"}
  spare: {type: webhook, url: "http://127.0.0.1:9/spare"}
teams:
  payments: {notify: {critical: [pager], default: [chat]}}
  books: {notify: {critical: [pager]}}
services:
  checkout:
    team: payments
    alerts:
      a: {condition: {type: threshold, metric: m, operator: above, value: 1}, severity: high, description: d}
      b: {condition: {type: threshold, metric: n, operator: above, value: 1}, severity: low, description: d,
          channels: [spare]}
"""
ROUTING = {
    "nobody": "",
    "a catch-all": "routing: {default: [spare]}\n",
    "routes of extra": """
routing:
  default: [spare]
  extra:
    group_by: [region]
    routes:
      - {receiver: chat, matchers: ['x="1"'], continue: true}
      - {receiver: pager, matchers: ['x=~"1|2"']}
""",
    "routes beside them": """
routing:
  default: [spare]
  alertmanager_extra: {route: {receiver: chat, routes: [{receiver: pager, matchers: ['y="1"']}]}}
suppress: [{code: MG0515, at: routing.alertmanager_extra.route.receiver, reason: seen to}]
""",
}
RECEIVER = """
audit: {log: a/audit.db, key: {file: k}}
receiver: {sources: {eu1: {token: {file: /run/secrets/eu1}}}}
"""


def built(text: str, folder: Path) -> tuple[Compiled, BuiltTree]:
    folder.mkdir()
    spec = folder / "spec.yaml"
    spec.write_text(text)
    compiled = compile_spec(read([spec]))
    assert not compiled.failed(), compiled.diagnostics
    files = dict(rendered(compiled))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return compiled, BuiltTree(folder, tuple(sorted(files)))


def label_sets() -> Iterator[dict[str, str]]:
    domains = {
        "team": ("", "payments", "books", "other"),
        "severity": ("", "critical", "high"),
        "notify": ("", "spare"),
        "x": ("", "1", "2"),
        "y": ("", "1"),
    }
    for values in product(*domains.values()):
        yield {name: value for name, value in zip(domains, values, strict=True) if value}


def found(tree: BuiltTree) -> list[Way]:
    return ways(tree, [BuiltAlert(str(n), labels, "") for n, labels in enumerate(label_sets())])


@pytest.mark.parametrize("routing", ROUTING)
def test_people_are_told_as_without_it(routing: str, tmp_path: Path) -> None:
    _, plain = built(SPEC + ROUTING[routing], tmp_path / "plain")
    _, copied = built(SPEC + ROUTING[routing] + RECEIVER, tmp_path / "copied")
    before, after = found(plain), found(copied)
    assert len(before) > 10
    assert [(way.alert, way.labels) for way in after] == [(way.alert, way.labels) for way in before]
    for one, other in zip(before, after, strict=True):
        assert other.receivers == ("monitorgen", *one.receivers)
        # What goes to nobody is still nobody's: the receiver is no person.
        assert other.fault == one.fault


@pytest.mark.parametrize("routing", ROUTING)
def test_alertmanager_says_the_same(
    routing: str, generation: Generation, router: Router, tmp_path: Path
) -> None:
    _, tree = built(SPEC + ROUTING[routing] + RECEIVER, tmp_path / "tree")
    checked = generation.amtool("check-config", tree.path(ROUTES))
    assert checked.returncode == 0, checked.stderr
    asked = found(tree)
    assert [way.undecided for way in asked if way.undecided] == []
    theirs = router.receivers(tree.path(ROUTES).read_text(), [way.labels for way in asked])
    assert theirs == [",".join(way.receivers) for way in asked]


def test_an_alert_that_only_the_receiver_gets_reaches_nobody(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC.replace("channels: [spare]", "channels: []") + RECEIVER)
    codes = [one.code for one in compile_spec(read([tmp_path / "spec.yaml"])).diagnostics]
    assert "MG0501" in codes


def test_a_channel_of_that_name_is_a_channel_where_there_is_no_receiver(tmp_path: Path) -> None:
    compiled, tree = built(SPEC.replace("chat", "monitorgen"), tmp_path / "tree")
    assert [one.code for one in compiled.diagnostics] == ["MG0334"]  # no service is of the team `books`
    faults = {way.fault for way in found(tree) if way.labels.get("team") == "payments"}
    assert faults == {""}
