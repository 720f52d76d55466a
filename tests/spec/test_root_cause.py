"""One mistake gives one diagnostic: at its cause, and not at everything that follows from it."""

import pytest

from monitorgen.cli.pipeline import compile_spec
from monitorgen.source.tree import load_text

SPEC = """\
organization: acme
teams: {ops: {notify: {default: [hook]}}}
channels:
  hook: {type: webhook, url: "http://127.0.0.1:9/"}
  pager: {type: webhook, url: "http://127.0.0.1:8/"}
profiles:
  node:
    alerts: {down: {condition: {type: absence, metric: up, window: 5m}, severity: high, description: Gone}}
services:
  shop:
    team: ops
    use: [node]
    scrape: {web: {static: ["shop:80"]}}
    checks: {home: {type: tcp, host: shop, port: 80, alert: {severity: high}}}
    recordings: {"shop:sales:sum": {expr: sum(sales)}}
    alerts:
      full:
        condition: {type: threshold, metric: q, operator: above, value: 1}
        severity: low
        description: Too many
        channels: [pager]
"""


def found(text: str, environment: str = "") -> list[tuple[str, str, str]]:
    done = compile_spec(load_text(text), environment)
    return [(d.code, d.message, d.hint) for d in done.diagnostics]


def test_the_spec_itself_is_good() -> None:
    assert found(SPEC) == []


@pytest.mark.parametrize(
    ("right", "wrong", "required"),
    [
        ("organization:", "organisation:", "organization"),
        ("severity: low", "serverity: low", "severity"),
        ("operator:", "operater:", "operator"),
        ("description: Too", "desciption: Too", "description"),
        ("type: threshold", "typ: threshold", "type"),
        ("{type: tcp,", "{tpye: tcp,", "type"),
        ("host: shop", "hosst: shop", "host"),
        ("expr: sum", "exp: sum", "expr"),
    ],
)
def test_a_misspelled_required_key_is_not_missing_as_well(right: str, wrong: str, required: str) -> None:
    word = wrong.partition(":")[0].strip("{")
    hint = f"did you mean `{required}`? it is required, and missing here"
    assert right in SPEC
    assert found(SPEC.replace(right, wrong, 1)) == [("MG0201", f"unknown key `{word}`", hint)]


@pytest.mark.parametrize("key", ["operator: above", "metric: q", "value: 1"])
def test_a_colon_without_a_space_in_braces(key: str) -> None:
    name, value = key.split(": ")
    assert found(SPEC.replace(key, f"{name}:{value}", 1)) == [
        ("MG0214", f"there is no space after the colon of `{name}`", f"write `{key}`")
    ]


def test_a_name_with_colons_and_without_a_value() -> None:
    text = SPEC.replace('{"shop:sales:sum": {expr: sum(sales)}}', "{shop:sales:sum: }")
    assert found(text) == [("MG0214", "there is no value here", "give one, or remove the key")]


def test_two_misspelled_keys_are_two_mistakes() -> None:
    text = SPEC.replace("severity: low", "serverity: low").replace("description: Too", "desciption: Too")
    assert [one[0] for one in found(text)] == ["MG0201", "MG0201"]


def test_an_unknown_key_that_is_near_to_nothing_does_not_stand_for_a_missing_one() -> None:
    codes = [one[0] for one in found(SPEC.replace("severity: low", "zzz: low"))]
    assert sorted(codes) == ["MG0201", "MG0202"]


def test_a_misspelled_channel_leaves_the_right_one_unused_without_another_word() -> None:
    assert found(SPEC.replace("channels: [pager]", "channels: [pagr]")) == [
        ("MG0311", "there is no channel `pagr`", "did you mean `pager`?")
    ]


def test_a_misspelled_profile_leaves_the_right_one_untaken_without_another_word() -> None:
    assert found(SPEC.replace("use: [node]", "use: [nod]")) == [
        ("MG0301", "there is no profile `nod`", "did you mean `node`?")
    ]


CHANGES = [
    ("channels: {pagr: {send_resolved: false}}", "channel `pagr`", "`type`", "did you mean `pager`?"),
    ("services: {shp: {alerts: {full: {for: 1m}}}}", "service `shp`", "`team`", "did you mean `shop`?"),
    (
        "services: {shop: {alerts: {ful: {for: 1m}}}}",
        "alert `ful`",
        "`condition`, `severity` and `description`",
        "did you mean `full`?",
    ),
    (
        "services: {shop: {alerts: {ful: {condition: {value: 2}}}}}",
        "alert `ful`",
        "`condition`, `severity` and `description`",
        "did you mean `full`?",
    ),
    (
        "services: {shop: {alerts: {dwn: {severity: low}}}}",
        "alert `dwn`",
        "`condition` and `description`",
        "did you mean `down`?",
    ),
    ("services: {shop: {checks: {hme: {port: 81}}}}", "check `hme`", "`type`", "did you mean `home`?"),
    (
        "services: {shop: {recordings: {'shop:sale:sum': {labels: {a: b}}}}}",
        "recording `shop:sale:sum`",
        "`expr`",
        "did you mean `shop:sales:sum`?",
    ),
    (
        "services: {shop: {scrape: {wbe: {interval: 5s}}}}",
        "scrape job `wbe`",
        "`static` or another discovery",
        "did you mean `web`?",
    ),
    ("services: {shop: {checks: {zzzz: {port: 81}}}}", "check `zzzz`", "`type`", "there is home"),
]


@pytest.mark.parametrize(("change", "thing", "needs", "hint"), CHANGES, ids=[one[1] for one in CHANGES])
def test_an_environment_that_changes_what_is_not_there(
    change: str, thing: str, needs: str, hint: str
) -> None:
    text = f"{SPEC}environments: {{staging: {{{change}}}}}\n"
    message = f"there is no {thing} to change, and a new one would need {needs}"
    assert found(text, "staging") == [("MG0306", message, hint)]
    assert found(text) == []


def test_both_places_are_shown() -> None:
    text = SPEC + "environments: {staging: {services: {shop: {alerts: {ful: {for: 1m}}}}}}\n"
    (diagnostic,) = compile_spec(load_text(text), "staging").diagnostics
    assert diagnostic.span is not None
    assert diagnostic.span.line == 22
    assert [one.span.line for one in diagnostic.related] == [17]


def test_what_refers_to_it_is_not_reported_again() -> None:
    change = "channels: {new: {send_resolved: false}}, teams: {ops: {notify: {default: [new]}}}"
    assert [one[0] for one in found(f"{SPEC}environments: {{staging: {{{change}}}}}\n", "staging")] == [
        "MG0306"
    ]


@pytest.mark.parametrize(
    "change",
    [
        "services: {shop: {alerts: {down: {for: 1m}}}}",
        "services: {new: {team: ops}}",
        "services: {new: {use: [node], team: ops}}",
        "services: {shop: {checks: {more: {type: tcp, host: a, port: 1, alert: {severity: low}}}}}",
    ],
)
def test_a_change_of_what_a_profile_brings_and_whole_new_things_are_right(change: str) -> None:
    assert found(f"{SPEC}environments: {{staging: {{{change}}}}}\n", "staging") == []


def test_a_new_thing_that_says_enough_is_told_only_what_it_lacks() -> None:
    change = "services: {shop: {checks: {more: {type: tcp, host: a, alert: {severity: low}}}}}"
    assert found(f"{SPEC}environments: {{staging: {{{change}}}}}\n", "staging") == [
        ("MG0202", "`more` has no `port`", "add `port:`")
    ]


def test_an_organization_without_a_value_is_missing() -> None:
    assert found(SPEC.replace("organization: acme", "organization:")) == [
        ("MG0202", "the spec has no `organization`", "add `organization:`")
    ]
