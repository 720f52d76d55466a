"""The receiver's pages: nothing it tells, takes or does is without its place, and the examples are right."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from monitorgen.cli.commands import Commands
from monitorgen.vocabulary.receiver_access import BUILT_IN_ROLES, PERMISSIONS
from monitorgen.vocabulary.receiver_effects import TOLD_EVENTS
from monitorgen_exporters.receiver.api.app import description
from monitorgen_exporters.receiver.api.permissions import PERMISSIONS as OPERATIONS
from monitorgen_exporters.receiver.effects import signature
from monitorgen_exporters.receiver.effects.outbox import STATES
from monitorgen_exporters.receiver.episodes.model import STATUSES
from scripts.documentation.markdown import anchors, fences
from tests.docs.console import commands, differences, run
from tests.support.checkout import TOP
from tests.support.episodes import Desk, receiver_settings
from tests.support.receiver import run_receiver, write_settings


def page(name: str) -> str:
    """The text of one of the pages."""
    return (TOP / "docs" / "receiver" / f"{name}.md").read_text()


def part(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    return re.split(
        rf"^#{{1,{level}}} ", text.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE
    )[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a text, but for their heads."""
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in found]
    rules = [number for number, row in enumerate(cells) if set("".join(row)) <= set("- ")]
    heads = {number for rule in rules for number in (rule - 1, rule)}
    return [row for number, row in enumerate(cells) if number not in heads]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def verbs(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for verb in group.list_commands(context):
        found = group.get_command(context, verb)
        assert found is not None
        yield " ".join((*names, verb)), found
        if isinstance(found, click.Group):
            yield from verbs(found, *names, verb)


def receiver_verbs() -> list[tuple[str, click.Command]]:
    group = Commands().get_command(click.Context(Commands()), "receiver")
    assert isinstance(group, click.Group)
    return list(verbs(group))


@pytest.mark.parametrize(
    ("verb", "command"), receiver_verbs(), ids=lambda it: it if isinstance(it, str) else ""
)
def test_verb_and_its_options(verb: str, command: click.Command) -> None:
    text = page("verbs")
    assert verb.replace(" ", "-") in anchors(text)
    said = part(text, f"{'#' * (1 + len(verb.split()))} {verb}")
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{verb} {option.name} has no help"
            for name in option.opts:
                assert re.search(rf"[` ]{name}[` ]", said), f"{verb} {name} is not on the page"


def test_metrics(tmp_path: Path) -> None:
    alertmanager = {"urls": ["http://127.0.0.1:9"]}
    source = {"token": {"file": str(tmp_path / "eu1.token")}, "alertmanager": alertmanager}
    with run_receiver(write_settings(tmp_path, sources={"eu1": source})) as receiver:
        exposed = receiver.get("/metrics").text
    helped = set(re.findall(r"^# HELP (monitorgen_receiver_\w+)", exposed, re.MULTILINE))
    names = {name for name in helped if not name.endswith("_created")}
    assert len(names) > 20
    told = {words(row[0])[0]: set(words(row[1])) for row in rows(page("metrics"))}
    assert set(told) == names
    for name, labels in re.findall(r"^(monitorgen_receiver_\w+)\{(.*?)\}", exposed, re.MULTILINE):
        family = re.sub(r"_(bucket|created)$", "", name)
        if name.endswith("_created"):
            continue
        assert set(re.findall(r'(\w+)="', labels)) - {"le"} <= told[family], name


def test_every_operation_with_its_permission() -> None:
    text = page("api")
    described = {
        f"{method.upper()} {path}" for path, item in description()["paths"].items() for method in item
    }
    headings = set(re.findall(r"^#### (.+)$", text, re.MULTILINE))
    assert headings == described | set(OPERATIONS)
    for operation, permission in OPERATIONS.items():
        needed = "any credential" if permission is None else f"the permission `{permission}`"
        assert f"Takes {needed}." in part(text, f"#### {operation}"), operation


def test_permissions_and_roles() -> None:
    found = rows(part(page("security"), "## Roles"))
    assert [words(row[0])[0] for row in found] == list(PERMISSIONS)
    for number, role in enumerate(("viewer", "responder", "admin"), start=2):
        assert [words(row[0])[0] for row in found if row[number] == "yes"] == [
            permission for permission in PERMISSIONS if permission in BUILT_IN_ROLES[role]
        ]


def test_events_and_states() -> None:
    text = page("lifecycle")
    events = [words(row[0])[0] for row in rows(part(text, "## Events"))]
    assert sorted(events) == sorted({*TOLD_EVENTS, "effect"} - {"unknown"})
    assert [words(row[0])[0] for row in rows(part(text, "## States"))] == list(STATUSES)
    outbox = rows(part(page("effects"), "## The outbox"))
    assert {words(row[0])[0] for row in outbox if len(row) == 3} == set(STATES)


def test_every_field_of_what_others_are_told(log_url: str) -> None:
    settings = receiver_settings(notifications={"hook": {"url": "http://127.0.0.1:9/", "events": ["opened"]}})
    with Desk(log_url, settings) as desk:
        desk.opened()
        with desk.database.read() as store:
            ((request,),) = store.query("SELECT request FROM receiver_effect")
    event: dict[str, Any] = json.loads(request)["event"]
    said = {word for row in rows(part(page("effects"), "## Notifications")) for word in words(row[0])}
    expected = {name for name in event if name != "episode"}
    assert expected <= said
    fields = {word.removeprefix("episode.").lstrip(".") for word in said - expected if "." in word}
    assert fields == set(event["episode"])


@pytest.fixture(scope="module")
def is_genuine() -> Callable[[bytes, dict[str, str], bytes], bool]:
    """The example in Python, as the page has it."""
    (example,) = (fence.text for fence in fences(page("effects")) if fence.language == "python")
    space: dict[str, Any] = {}
    exec(compile(example, "effects.md", "exec"), space)  # noqa: S102 - it is ours
    found: Callable[[bytes, dict[str, str], bytes], bool] = space["is_genuine"]
    return found


def signed(timestamp: int, body: bytes) -> dict[str, str]:
    return {
        signature.TIMESTAMP: str(timestamp),
        signature.SIGNATURE: signature.sign(b"secret", timestamp, body),
    }


def test_the_example_knows_what_is_genuine(
    is_genuine: Callable[[bytes, dict[str, str], bytes], bool],
) -> None:
    now = int(time.time())
    assert is_genuine(b"secret", signed(now, b"{}"), b"{}")
    assert not is_genuine(b"secret", signed(now, b"{}"), b"{ }")
    assert not is_genuine(b"other", signed(now, b"{}"), b"{}")
    assert not is_genuine(b"secret", signed(now - 400, b"{}"), b"{}")
    assert not is_genuine(b"secret", {**signed(now, b"{}"), signature.TIMESTAMP: "x"}, b"{}")
    assert not is_genuine(b"secret", {}, b"{}")


def test_the_example_in_a_shell(tmp_path: Path) -> None:
    shown = commands(page("effects"))
    assert len(shown) == 1
    ran = run(shown, tmp_path, {})
    assert differences(shown[0], ran[0]) == ""
