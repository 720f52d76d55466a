"""Lines that do nothing are told, each where it stands; lines of use in some environment are not."""

from pathlib import Path

import pytest

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import in_order
from monitorgen.source.tree import load, load_text

SPEC = """\
organization: acme
teams: {ops: {notify: {default: [hook]}}}
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
services:
  shop:
    team: ops
    checks: {home: {type: http, url: "http://shop/", alert: {severity: high}}}
    alerts:
      full:
        condition: {type: threshold, metric: q, operator: above, value: 1}
        severity: low
        description: Too many
"""


def found(text: str) -> list[tuple[str, str, int]]:
    done = compile_all(load_text(text))
    return [
        (d.code, d.message, d.span.line if d.span else 0)
        for d in in_order(d for one in done for d in one.diagnostics)
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("reason: soon", "`reason` is for what is switched off, and `full` is not"),
        ("reason: soon\n        enabled: yes", "`reason` is for what is switched off, and `full` is not"),
        ("add_channels: []", "`add_channels` of `full` adds none"),
    ],
)
def test_of_an_alert(line: str, message: str) -> None:
    assert found(f"{SPEC}        {line}\n") == [("MG0333", message, 13)]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('url: "http://127.0.0.1:9/"', 'url: "http://127.0.0.1:9/", reason: soon', "hook"),
        ("team: ops\n", "team: ops\n    reason: soon\n", "shop"),
        ("type: http,", "type: http, reason: soon,", "home"),
        ("team: ops\n", "team: ops\n    dashboard: {reason: soon}\n", "dashboard"),
        ("team: ops\n", 'team: ops\n    scrape: {web: {static: ["a:1"], reason: soon}}\n', "web"),
        ("team: ops\n", "team: ops\n    recordings: {a:b: {expr: sum(c), reason: soon}}\n", "a:b"),
    ],
)
def test_a_reason_for_nothing(old: str, new: str, name: str) -> None:
    message = f"`reason` is for what is switched off, and `{name}` is not"
    assert [one[:2] for one in found(SPEC.replace(old, new))] == [("MG0333", message)]


OFF = "services: {shop: {alerts: {full: {enabled: false}}}}"
ON = "services: {shop: {alerts: {full: {enabled: true}}}}"


@pytest.mark.parametrize(
    "text",
    [
        SPEC + "        enabled: 'No'\n        reason: soon\n",
        SPEC + f"        reason: soon\nenvironments: {{test: {{{OFF}}}}}\n",
        SPEC + f"        enabled: false\n        reason: soon\nenvironments: {{test: {{{ON}}}}}\n",
        SPEC.replace("team: ops\n", "team: ops\n    use: [small]\n")
        + "        enabled: true\n"
        + "profiles: {small: {alerts: {full: {enabled: false, reason: small}}}}\n",
    ],
    ids=["here", "in an environment", "but not in an environment", "by a profile"],
)
def test_a_reason_for_something(text: str) -> None:
    assert found(text) == []


def test_a_reason_that_an_environment_gives_for_nothing() -> None:
    text = SPEC + "environments: {test: {services: {shop: {alerts: {full: {reason: soon}}}}}}\n"
    assert [one[::2] for one in found(text)] == [("MG0333", 13)]


def test_an_environment_cannot_be_called_otherwise() -> None:
    text = SPEC + "environments:\n  test: {environment: trial}\n"
    assert found(text) == [("MG0333", "`environment` has no effect within `test`", 14)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("channels: {slack: {send_resolved: false}}", ["there is no channel of type `slack`"]),
        ("checks: {tcp: {timeout: 5s}}", ["there is no check of type `tcp`"]),
        ("channels: {webhook: {send_resolved: false}}", []),
        ("checks: {http: {timeout: 5s}}", []),
    ],
)
def test_defaults_of_a_type(kind: str, said: list[str]) -> None:
    assert [one[1] for one in found(f"{SPEC}defaults: {{{kind}}}\n")] == said


def test_defaults_of_a_type_that_an_environment_adds() -> None:
    check = "{type: tcp, host: a, port: 1, alert: {severity: low}}"
    more = f"environments: {{test: {{services: {{shop: {{checks: {{db: {check}}}}}}}}}}}\n"
    assert found(f"{SPEC}defaults: {{checks: {{tcp: {{timeout: 5s}}}}}}\n{more}") == []


def test_defaults_hold_for_the_checks_of_profiles() -> None:
    text = SPEC.replace("team: ops\n", "team: ops\n    use: [db]\n") + (
        "defaults: {checks: {tcp: {timeout: 3s}}}\n"
        "profiles: {db: {checks: {db: {type: tcp, host: a, port: 1, alert: {severity: low}}}}}\n"
    )
    (done,) = compile_all(load_text(text))
    assert done.diagnostics == ()
    assert done.plan is not None
    assert {check.name: check.timeout for check in done.plan.services[0].checks} == {"db": 3.0, "home": 10.0}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("description: Too many", "description: Too many\n        tags: [a, b, a]"),
        ("default: [hook]", "default: [hook, hook]"),
        ("organization: acme", "organization: acme\nseverities: [low, high, low]"),
        ("team: ops\n", 'team: ops\n    scrape: {web: {static: ["a:1", "a:1"]}}\n'),
        (
            'type: webhook, url: "http://127.0.0.1:9/"',
            "type: email, smtp_server: a, from_email: a@b.example, recipients: [c@b.example, c@b.example]",
        ),
    ],
)
def test_the_same_thing_twice(old: str, new: str) -> None:
    assert [one[0] for one in found(SPEC.replace(old, new, 1))] == ["MG0335"]


def test_both_places_are_shown_and_aliases_are_told_once() -> None:
    text = f"{SPEC}        tags: &tags [a, a]\n      more:\n        <<: *rest\n".replace(
        "      full:\n        cond", "      full: &rest\n        cond"
    )
    (done,) = compile_all(load_text(text))
    (diagnostic,) = done.diagnostics
    assert [(d.span.line, d.span.column) for d in diagnostic.related] == [(13, 22)]
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (13, 25)


@pytest.mark.parametrize(
    "more",
    [
        'compatible_with: {prometheus: ["2.45", "2.45"]}',
        'routing: {extra: {matchers: ["a=b", "a=b"]}}',
    ],
)
def test_lists_in_which_the_second_counts(more: str) -> None:
    assert [one for one in found(f"{SPEC}{more}\n") if one[0] == "MG0335"] == []


@pytest.mark.parametrize("field", ["expected_content", "forbidden_content"])
def test_an_empty_text_to_look_for_is_an_error(field: str) -> None:
    text = SPEC.replace("type: http,", f'type: http, {field}: "",')
    assert found(text) == [("MG0204", "an empty text is in every answer", 7)]


def test_a_team_without_a_service() -> None:
    text = SPEC.replace("teams: {", "teams: {web: {notify: {default: [hook]}}, ")
    assert found(text) == [("MG0334", "no service belongs to team `web`", 2)]
    assert found(f"{text}environments: {{test: {{services: {{shop: {{team: web}}}}}}}}\n") == []
    assert found(f"{text}environments: {{test: {{teams: {{web: {{description: a}}}}}}}}\n") != []
    assert found("owner: web\n" + text) == []


def test_a_team_that_is_misspelled_somewhere_is_not_told_twice() -> None:
    assert [one[0] for one in found(SPEC.replace("team: ops", "team: opps"))] == ["MG0310"]


def test_an_owner_that_is_no_team(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SPEC)
    (tmp_path / "own.yaml").write_text("owner: opps\nservices: {shop: {description: The shop}}\n")
    (done,) = compile_all(load([tmp_path]))
    (diagnostic,) = done.diagnostics
    assert (diagnostic.code, diagnostic.hint) == ("MG0336", "did you mean `ops`?")
    assert diagnostic.span is not None
    assert diagnostic.span.file.endswith("own.yaml")
    assert diagnostic.span.column == 8


def test_an_owner_that_is_a_team_in_some_environment() -> None:
    more = "environments: {test: {teams: {web: {}}, services: {shop: {team: web}}}}\n"
    assert [one for one in found("owner: web\n" + SPEC + more) if one[0] == "MG0336"] == []


SUMMED = """\
      summed:
        condition:
          {type: threshold, metric: q, operator: above, value: 1, aggregate: sum, by: [zone]}
        severity: low
        description: Too many
"""


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("alertname, team, severity", []),
        ("alertname, servise", ["servise"]),
        ("alertname, instance, zone, anything", []),
        ("alertname, cluster", []),
    ],
)
def test_grouping_where_a_series_may_have_any_label(labels: str, told: list[str]) -> None:
    text = f"{SPEC}routing: {{group_by: [{labels}]}}\n"
    assert [one[:2] for one in found(text)] == [
        ("MG0337", f"no alert has the label `{label}`") for label in told
    ]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("alertname, zone, service", []),
        ("alertname, instance", ["instance"]),
        ("alertname, region", ["region"]),
    ],
)
def test_grouping_where_all_labels_are_known(labels: str, told: list[str]) -> None:
    head = SPEC[: SPEC.index("    checks:")] + "    alerts:\n" + SUMMED
    for text in (
        f"{head}routing: {{group_by: [{labels}]}}\n",
        head.replace("teams: {ops: {", f"teams: {{ops: {{group_by: [{labels}], "),
    ):
        assert [one[:2] for one in found(text)] == [
            ("MG0337", f"no alert has the label `{label}`") for label in told
        ]
    given = "defaults: {external_labels: {region: eu}}\n"
    assert found(f"{head}{given}routing: {{group_by: [region]}}\n") == []
