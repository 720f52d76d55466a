"""Specs that would build into something no server loads, or that says other than they do."""

import json
from pathlib import Path

import pytest

from monitorgen.cli.pipeline import Compiled, compile_spec
from monitorgen.plan.templates import annotation_fault
from monitorgen.source.tree import load_text
from tests.support.many_files import refusals
from tests.support.servers import Generation

SPEC = """
organization: acme
defaults: {{labels: {{region: eu, tier: back}}, {defaults}}}
channels: {{{channel}: {{type: webhook, url: "http://127.0.0.1:9/"}}}}
teams: {{ops: {{notify: {{default: [{channel}]}}, {team}}}}}
services:
  shop.v1:
    team: ops
    {service}
    alerts:
      full:
        condition: {{type: threshold, metric: q, operator: above, value: 1}}
        severity: low
        description: Too many
        {alert}
{more}
"""


def compiled(
    *,
    defaults: str = "for: 0s",
    channel: str = "hook",
    team: str = "group_wait: 1s",
    service: str = "labels: {}",
    alert: str = "tags: [a]",
    more: str = "",
) -> Compiled:
    text = SPEC.format(defaults=defaults, channel=channel, team=team, service=service, alert=alert, more=more)
    return compile_spec(load_text(text))


def found(done: Compiled) -> list[tuple[str, str]]:
    """The code of each diagnostic, and the text it points at."""
    places = []
    for one in done.diagnostics:
        assert one.span is not None
        line = done.sources[one.span.file].text.splitlines()[one.span.line - 1]
        places.append((one.code, line[one.span.column - 1 : one.span.end_column - 1]))
    return places


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{channel}", ("MG0319", "nobody")),
        ("routing: {group_by: [service, team, service]}", ("MG0204", "[service, team, service]")),
        ("{defaults} external_labels: {notify: hook}", ("MG0315", "notify")),
        ("{defaults} external_labels: {site: a$b}", ("MG0204", "a$b")),
        ("{team} group_by: [team, team]", ("MG0204", "[team, team]")),
        ("{service} labels: {instance: one}", ("MG0315", "instance")),
        ("{service} labels: {job: one}", ("MG0315", "job")),
        (
            "{service} checks: {a: {type: tcp, host: a, port: 1, labels: {instance: b}}}",
            ("MG0315", "instance"),
        ),
        ("{alert} annotations: {summary: other}", ("MG0205", "summary")),
        ("{alert} annotations: {at: '{{ $value | humanise }}'}", ("MG0326", "'{{ $value | humanise }}'")),
        ("{alert} tags: ['{{']", ("MG0326", "'{{'")),
    ],
)
def test_what_no_server_would_take_as_meant_is_told_where_it_stands(
    said: str, expected: tuple[str, str]
) -> None:
    place, _, line = said.partition("} ")
    if said == "{channel}":
        done = compiled(channel="nobody")
    elif place.startswith("{"):
        done = compiled(**{place[1:]: line})
    else:
        done = compiled(more=said)
    assert [one for one in found(done) if one[0] != "MG0324"] == [expected]


@pytest.mark.parametrize(
    "check",
    ["type: ping, host: a, packet_count: 20, interval: 10s", "type: tcp, host: a, port: 1, interval: 400ms"],
)
def test_a_probe_that_blackbox_exporter_has_no_time_for_is_an_error(check: str) -> None:
    done = compiled(service=f"checks: {{a: {{{check}, alert: {{severity: low}}}}}}")
    assert found(done) == [("MG0318", "a")]


def test_the_window_of_several_probes_is_the_whole_interval() -> None:
    probes = "type: ping, host: a, packet_count: 3, interval: 2500ms, alert: {severity: low}"
    done = compiled(service=f"checks: {{a: {{{probes}}}}}")
    assert done.diagnostics == ()
    assert done.stack is not None
    (file,) = done.stack.rule_files
    assert [rule.expr for group in file.groups for rule in group.rules if "probe" in rule.expr] == [
        'max_over_time(probe_success{service="shop.v1", check="a"}[2s500ms]) < 1 '
        'or max_over_time(up{service="shop.v1", check="a"}[2s500ms]) < 1'
    ]


def test_an_alert_takes_no_label_that_its_series_say_otherwise() -> None:
    done = compiled(service="scrape: {a: {static: ['a:1']}, b: {static: ['b:1'], labels: {region: us}}}")
    assert done.diagnostics == ()
    assert done.plan is not None
    ((alert,),) = [service.alerts for service in done.plan.services]
    assert alert.labels == {"severity": "low", "team": "ops", "service": "shop.v1", "tier": "back"}


def test_a_warning_is_suppressed_at_a_name_with_a_dot() -> None:
    check = "checks: {a: {type: tcp, host: a, port: 1}}"
    assert found(compiled(service=check)) == [("MG0324", "a")]
    accepted = "suppress: [{code: MG0324, at: services.shop.v1.checks.a, reason: known}]"
    assert compiled(service=check, more=accepted).diagnostics == ()
    elsewhere = accepted.replace("shop.v1.", "shop.")
    assert [code for code, _ in found(compiled(service=check, more=elsewhere))] == ["MG0324", "MG0330"]


def test_without_rules_there_are_no_tests_of_them() -> None:
    done = compiled(more="emit: {rules: false}")
    assert done.stack is not None
    assert len(done.stack.rule_tests) == 0


BAD = (
    "{{",
    "{{ $value",
    "{{ }}",
    "{{ if $value }}a",
    "a {{ end }}",
    "{{ humanise $value }}",
    "{{ $value | humanise }}",
    "{{ $foo }}",
    "{{ $labels.a | }}",
    "{{ range $a, $b := $labels }}{{ $c }}{{ end }}",
    "{{ now }}",
)
GOOD = (
    "100% { } }} $5 ${x",
    '{{ "{{" }}',
    "{{ $value | humanize }} of {{ $labels.instance }}",
    "{{- $labels.job -}}",
    "{{ printf `%.2f` $value }} {{ .Value }} {{ .Labels.job }} {{ $externalURL }}",
    "{{ with query `up{job='a'}` }}{{ . | first | value }}{{ else }}none{{ end }}",
    "{{ range $i, $s := query `up` }}{{ $i }} {{ $s.Labels.job }} {{ .Value }}{{ end }}",
    '{{ if and (gt $value 1.5) (ne $labels.a "x") }}{{ $x := 0x1f }}{{ $x }}{{ end }}',
    "{{/* humanise */}}a",
    '{{ if true }}a{{ else if false }}b{{ end }}{{ $value | printf "%v" | reReplaceAll `a` `b` }}',
)


def test_a_template_is_refused_as_prometheus_refuses_it(tmp_path: Path, generation: Generation) -> None:
    texts = [*BAD, *GOOD]
    files = [tmp_path / f"{index}.yml" for index in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        rule = {"alert": "a", "expr": "up == 0", "annotations": {"text": text}}
        file.write_text(json.dumps({"groups": [{"name": "a", "rules": [rule]}]}))
    for text, answer in zip(
        texts, refusals(generation, "promtool", "check", "rules", files=files), strict=True
    ):
        assert (annotation_fault(text) == "") == (answer == ""), (text, answer)


def test_a_field_that_an_alert_has_not_is_seen_before_it_fires() -> None:
    assert annotation_fault("{{ .Foo }}") == "an alert has no `.Foo`"


def test_prometheus_needs_an_alertmanager_to_tell() -> None:
    done = compiled(more="servers: {alertmanager: {addresses: []}}")
    assert found(done) == [("MG0204", "[]")]


@pytest.mark.parametrize("team", ["overview.json", "untested.yml"])
def test_a_team_whose_folder_would_be_a_file_of_the_build_is_an_error(team: str) -> None:
    spec = f"""
organization: acme
channels: {{mail: {{type: webhook, url: "http://127.0.0.1:9/hook"}}}}
teams: {{{team}: {{notify: {{default: [mail]}}}}}}
services: {{shop: {{team: {team}, scrape: {{a: {{static: ["a:1"]}}}}}}}}
"""
    done = compile_spec(load_text(spec))
    assert found(done) == [("MG0319", team)]
