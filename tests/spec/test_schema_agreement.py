"""The JSON Schema and the validator say the same of the same specs.

The schema sees one file and YAML's own types, so some things it cannot know. They are listed here, each
with its reason, and everything else has to agree.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.review.codes import CODES
from monitorgen.source.tree import load_text
from monitorgen.spec.schema import json_schema
from tests.support.checkout import TOP
from tests.support.core_yaml import load_core

SEEN = {
    "MG0107": "what is nested so deeply has no place in a spec",
    "MG0109": "nor have lists that only repeat lists",
    "MG0114": "a map in the place of a value",
    "MG0121": "a map in one place and a value in the other: one of them is wrong",
    "MG0122": "a file that is no map",
    "MG0123": "the owner of a file",
    "MG0130": "a list item without a name",
    "MG0201": "unknown keys",
    "MG0202": "missing keys, where no other file could give them",
    "MG0203": "durations",
    "MG0204": "scalars",
    "MG0205": "names",
    "MG0208": "operators",
    "MG0210": "secrets written out",
    "MG0211": "secrets from the environment",
    "MG0212": "kinds",
    "MG0213": "shapes",
    "MG0214": "keys without a value",
    "MG0304": "bundles within bundles",
    "MG0622": "mail addresses",
}
"""What the schema sees."""

UNSEEN = {
    "the YAML reader of the editor says it": "MG0106 MG0110 MG0111 MG0113",
    "YAML readers make what they like of tags and merge keys": "MG0112 MG0115",
    "nothing is wrong with any one file or document": "MG0120 MG0124",
    "two items of a list are compared": "MG0131",
    "two bundles are compared": "MG0140",
    "one field is compared with another": "MG0206 MG0207 MG0215 MG0216 MG0217 MG0220 MG0221 MG0318 MG0322",
    "what a field may hold rests on another": "MG0222",
    "it is the configuration of another program": "MG0510 MG0511 MG0512 MG0513 MG0514 MG0515 MG0516",
    "a name refers to something elsewhere": "MG0301 MG0302 MG0310 MG0311 MG0312 MG0323 MG0324 MG0330 MG0624",
    "it may come from a profile or another file": "MG0305 MG0306 MG0209 MG0313 MG0314 MG0317 MG0331 MG0621",
    "names, texts or versions have a meaning": "MG0315 MG0316 MG0319 MG0320 MG0321 MG0326",
    "it is PromQL": "MG0401 MG0402 MG0403 MG0404 MG0405 MG0406 MG0407 MG0408 MG0409 MG0410",
    "it takes the rules or the routes of the whole spec": "MG0332 MG0501 MG0502 MG0503",
    "it is about what Prometheus does": "MG0325",
    "it does nothing, which is allowed": "MG0333 MG0334 MG0335 MG0336 MG0337",
    "it is about what Alertmanager does": "MG0620 MG0623 MG0625 MG0626 MG0627 MG0628 MG0629 MG0630",
    "it is about the audit log as a whole": "MG0650 MG0651 MG0652",
    "it is about the receiver as a whole": "MG0660 MG0666 MG0667 MG0668 MG0669 MG0670 MG0671 MG0673",
    "one field of the receiver rests on another": "MG0661 MG0662 MG0664 MG0672",
    "it is what a pattern or a path means": "MG0663 MG0665",
}
"""What the schema cannot see, by the reason."""

_UNSEEN = {code for codes in UNSEEN.values() for code in codes.split()}
WITH_EXAMPLE = [code for code in CODES if code.bad]


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def accepts(text: str) -> bool:
    return all(schema().is_valid(document) for document in load_core(text))


def complaints(text: str) -> list[str]:
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for document in load_core(text)
        for error in schema().iter_errors(document)
    ]


def diagnostics(text: str) -> list[Diagnostic]:
    return [found for one in compile_all(load_text(text)) for found in one.diagnostics]


def test_every_code_with_an_example_is_either_seen_or_not() -> None:
    assert {code.id for code in WITH_EXAMPLE} <= SEEN.keys() | _UNSEEN
    assert not SEEN.keys() & _UNSEEN


@pytest.mark.parametrize("code", WITH_EXAMPLE, ids=lambda code: code.id)
def test_the_examples_of_the_codes(code: Code) -> None:
    assert complaints(code.good) == []
    try:
        refused = not accepts(code.bad)
    except (yaml.YAMLError, RecursionError):
        assert code.id in _UNSEEN
        return
    assert refused == (code.id in SEEN), complaints(code.bad)


FILES = sorted((TOP / "examples").glob("*/spec/**/*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_every_file_of_a_good_spec_by_itself(path: Path) -> None:
    assert load_core(path.read_text())
    assert complaints(path.read_text()) == []


NASTY: tuple[Any, ...] = (
    *("", " ", "x y", "5 minutes", "5m", "1m1h", "off", "12", "3.10", "ü", "a" * 200, "{{ x }}", "http://"),
    *(0, 7, -1, 1.5, 70000, True, False, None, [], {}, ["a"], [[1]], [None], {"a": "b"}, {"x": None}),
)


def _one(folder: str) -> dict[str, Any]:
    """All files of an example as one document."""
    whole: dict[str, Any] = {}
    for path in sorted((TOP / "examples" / folder / "spec").rglob("*.yaml")):
        for document in load_core(path.read_text()):
            document.pop("owner", None)
            _merge(whole, document)
    return whole


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in `node`, but the contents of what is emitted word for word."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [path] if path else []
    for key, below in entries:
        found += _paths(below, (*path, key))
    return found


@cache
def base() -> tuple[dict[str, Any], list[tuple[str | int, ...]]]:
    whole = _one("acme")
    return whole, _paths(whole)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The spec of an example with one thing changed: renamed, removed, replaced or added."""
    whole, paths = base()
    changed, path = copy.deepcopy(whole), draw(st.sampled_from(paths))
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    last = path[-1]
    match draw(st.sampled_from(["rename", "remove", "replace", "replace", "add"])):
        case "rename" if isinstance(parent, dict):
            parent[f"{last}x"] = parent.pop(last)
        case "remove":
            del parent[last]
        case "add" if isinstance(parent, dict):
            parent["extraa"] = draw(st.sampled_from(NASTY))
        case _:
            parent[last] = draw(st.sampled_from(NASTY))
    return json.dumps(changed, ensure_ascii=False)


def out_of_sight(found: Diagnostic) -> bool:
    """Whether the schema may accept a spec in spite of this diagnostic.

    What is missing may come from elsewhere, so may what an environment takes away; and YAML does not tell
    how a number was written, so that a negative one passes for a host, and one without its leading zeros
    for that of an account.
    """
    as_written = "`-1`" in found.message or "AWS account" in found.message
    return found.code in ("MG0202", "MG0214") or (found.code == "MG0204" and as_written)


@settings(deadline=None, max_examples=250)
@given(mutated())
def test_one_change_to_a_good_spec(text: str) -> None:
    every = diagnostics(text)
    found = [d for d in every if d.severity is Severity.ERROR]
    if accepts(text):
        seen = [d for d in found if d.code in SEEN]
        assert all(map(out_of_sight, seen)), [d.message for d in seen]
    else:
        # What stands in a profile that nothing takes is not read, and a warning says so.
        unread = [d for d in every if d.code == "MG0302"]
        assert found or unread, complaints(text)


SERVICE = """
services:
  shop:
    team: ops
    alerts:
      full: {severity: low, description: a, condition: {type: absence, metric: up, window: 5m}}
"""


@pytest.mark.parametrize(
    "part",
    [
        *("severity: low, ", "description: a, ", ", condition: {type: absence, metric: up, window: 5m}"),
        *("type: absence, ", "metric: up, ", ", window: 5m"),
    ],
)
def test_an_alert_of_a_service_without_profiles_is_whole(part: str) -> None:
    assert part in SERVICE
    assert complaints(SERVICE) == []
    assert complaints(SERVICE.replace(part, "")) != []
    with_profile = SERVICE.replace("team: ops", "use: [queue]")
    assert complaints(with_profile.replace(part, "")) == []


@pytest.mark.parametrize(
    "text",
    [
        "services:\n",
        "services: {shop: {team: on, description: 012}}",
        "environments: {staging: {services: {shop: null}, channels: {chat: {enabled: no, reason: quiet}}}}",
        "environments: [{name: staging, services: [{name: shop, team: null}]}]",
        "teams: [{name: ops, notify: {default: [chat]}}]",
        "channels: [{name: chat, type: webhook, url: http://127.0.0.1:9/}]",
        "profiles: {web: {alerts: {full: {severity: low}}}}",
        "defaults: {channels: {email: {from_email: a@b.example}}, checks: {http: {timeout: 5s}}}",
        "services: {shop: {checks: {home: {type: http}}, scrape: [{name: a, static: ['a:1']}]}}",
        "owner: ops",
    ],
)
def test_part_of_a_spec_is_enough(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "organization:",
        "services: {shop: null}",
        "services: {shop: {name: shop}}",
        "teams: [{notify: {default: [chat]}}]",
        "channels: {chat: {type: slak}}",
        "channels: {chat: {url: http://127.0.0.1:9/}}",
        "channels: {chat: {type: slack, webhook_url: {}}}",
        "defaults: {channels: {emial: {from_email: a@b.example}}}",
        "defaults: {checks: {http: {timout: 5s}}}",
        "profiles: {web: {use: [base]}}",
        "environments: {staging: {environments: {}}}",
        "environments: {staging: {owner: ops}}",
        "services: {shop: {labels: {__name__: x}}}",
        "services: {shop: {scrape: {api: {static: [a:0]}}}}",
        "services: {shop: {scrape: {api: {interval: 1m1h}}}}",
        "owner: [ops]",
        "owner: ''",
        "- a",
    ],
)
def test_what_is_wrong_wherever_it_stands(text: str) -> None:
    assert complaints(text) != []
