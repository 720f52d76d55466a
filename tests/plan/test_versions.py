"""`compatible_with:` as ranges, and what cannot be one."""

import pytest

from monitorgen.cli.pipeline import Compiled, compile_spec
from monitorgen.model.compatibility import DEFAULT
from monitorgen.source.tree import load_text

SPEC = """
organization: acme
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
teams: {ops: {notify: {default: [hook]}}}
services: {shop: {team: ops, scrape: {api: {static: ["shop:1"]}}}}
"""


def compiled(servers: str) -> Compiled:
    return compile_spec(load_text(f"{SPEC}compatible_with: {servers}\n"))


def test_without_it_the_defaults_hold() -> None:
    plan = compile_spec(load_text(SPEC)).plan
    assert plan is not None
    assert plan.compatible_with == DEFAULT


@pytest.mark.parametrize(
    ("given", "oldest", "newest"),
    [
        ('["2.42", "3.5"]', "2.42", "3.5"),
        ("[2.42, 3.10]", "2.42", "3.10"),
        ("3.10", "3.10", "3.10"),
        ("[3.5]", "3.5", "3.5"),
        ("v2.53.1", "2.53.1", "2.53.1"),
    ],
)
def test_one_version_or_two(given: str, oldest: str, newest: str) -> None:
    done = compiled(f"{{prometheus: {given}}}")
    assert done.diagnostics == ()
    assert done.plan is not None
    found = done.plan.compatible_with.prometheus
    assert (str(found.oldest), str(found.newest)) == (oldest, newest)
    assert done.plan.compatible_with.alertmanager == DEFAULT.alertmanager


@pytest.mark.parametrize(
    ("given", "message", "column"),
    [
        ("[]", "expected one version of prometheus, or the oldest and the newest", 31),
        ("[2.42, 2.53, 3.5]", "expected one version of prometheus, or the oldest and the newest", 31),
        ("[2.42, latest]", "`latest` is not a version", 38),
        ("[3.5, 2.42]", "the oldest prometheus (3.5) is newer than the newest (2.42)", 31),
        ("2.30", "prometheus 2.30 is older than monitorgen supports", 31),
    ],
)
def test_what_is_no_range(given: str, message: str, column: int) -> None:
    (found,) = compiled(f"{{prometheus: {given}}}").diagnostics
    assert (found.code, found.message) == ("MG0321", message)
    assert found.span is not None
    assert found.span.column == column
