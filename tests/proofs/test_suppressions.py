"""Suppressions: useless ones are told, by what all environments they stand in say together."""

import pytest

from monitorgen.cli.pipeline import compile_all, compile_spec
from monitorgen.model.diagnostic import in_order
from monitorgen.source.tree import load_text

SPEC = """\
organization: acme
environment: prod
teams: {ops: {notify: {default: [hook]}}}
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
services:
  shop:
    team: ops
    alerts:
      full:
        condition: {type: threshold, metric: q, operator: above, value: 1}
        severity: low
        description: Too many
suppress: [{code: CODE, at: AT, reason: known}]
environments:
  staging: {services: {shop: {checks: {home: {type: tcp, host: shop, port: 80}}}}}
  test: {defaults: {for: 1m}}
"""


def spec(code: str = "MG0324", at: str = "services.shop.checks.home") -> str:
    return SPEC.replace("CODE", code).replace("AT", at)


def said_of_all(text: str, as_of: str = "") -> list[str]:
    found = in_order(d for one in compile_all(load_text(text), as_of) for d in one.diagnostics)
    return [f"{d.code} {d.message}" for d in found]


def said_of(text: str, environment: str) -> list[str]:
    return [f"{d.code} {d.message}" for d in compile_spec(load_text(text), environment).diagnostics]


def test_one_that_is_of_use_in_one_environment_is_right_in_all() -> None:
    assert said_of_all(spec()) == []


@pytest.mark.parametrize("environment", ["", "prod", "staging", "test"])
def test_one_environment_by_itself_says_nothing_of_what_the_others_may_have(environment: str) -> None:
    assert said_of(spec(), environment) == []
    assert said_of(spec(at="services.shop.checks.house"), environment)[1:] == []


def test_one_that_is_of_use_nowhere_is_told_once() -> None:
    assert said_of_all(spec(at="services.shop.checks.house")) == [
        "MG0330 there is nothing at `services.shop.checks.house`",
        "MG0324 nobody is told when the check `home` fails",
    ]
    assert said_of_all(spec(code="MG0323", at="channels.hook")) == [
        "MG0330 there is no warning MG0323 at `channels.hook`",
        "MG0324 nobody is told when the check `home` fails",
    ]


def test_one_that_stands_in_one_environment_is_judged_there() -> None:
    own = "{defaults: {for: 1m}, suppress: [{code: MG0323, at: channels.hook, reason: known}]}"
    text = spec().replace("{defaults: {for: 1m}}", own)
    told = ["MG0330 there is no warning MG0323 at `channels.hook`"]
    assert said_of_all(text) == told
    assert said_of(text, "test") == told
    assert said_of(text, "staging") == []


def test_where_an_environment_has_errors_nothing_is_known_of_it() -> None:
    text = spec(code="MG0323", at="channels.hook").replace("{for: 1m}", "{for: long}")
    assert [one.partition(" ")[0] for one in said_of_all(text)] == ["MG0324", "MG0203"]


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("MGO324", "there is no warning `MGO324`", "did you mean `MG0324`?"),
        ("mg0324", "there is no warning `mg0324`", "did you mean `MG0324`?"),
        ("MG0313", "MG0313 is an error, and only warnings can be accepted", "remove it, or correct it"),
    ],
)
def test_a_code_that_cannot_be_accepted_is_told_in_every_environment(
    code: str, message: str, hint: str
) -> None:
    for environment in ("prod", "staging", "test"):
        found = compile_spec(load_text(spec(code=code)), environment).diagnostics
        assert [(d.message, d.hint) for d in found if d.code == "MG0330"] == [(message, hint)]


@pytest.mark.parametrize(
    ("until", "as_of", "message"),
    [
        ("2024-02-31", "", "MG0330 there is no day `2024-02-31` in the calendar"),
        ("2023-02-29", "", "MG0330 there is no day `2023-02-29` in the calendar"),
        ("0000-01-01", "", "MG0330 there is no day `0000-01-01` in the calendar"),
        ("2024-2-1", "", "MG0330 `2024-2-1` is not a date (YYYY-MM-DD)"),
        ("2024-02-29", "2024-03-01", "MG0330 the suppression of MG0324 ended on 2024-02-29"),
    ],
)
def test_a_last_day_that_is_none_or_has_passed(until: str, as_of: str, message: str) -> None:
    text = spec().replace("reason: known", f"reason: known, until: {until}")
    assert said_of_all(text, as_of) == [message, "MG0324 nobody is told when the check `home` fails"]


def test_the_last_day_itself_counts() -> None:
    text = spec().replace("reason: known", "reason: known, until: 2024-02-29")
    assert said_of_all(text, "2024-02-29") == []
