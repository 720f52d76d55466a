"""One mistake never hides another, and what is cut out is no more than what is wrong."""

import pytest

from monitorgen.cli.pipeline import compile_spec
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.node import Mapping
from monitorgen.source.reader import read_text
from monitorgen.source.tree import load_text
from monitorgen.spec.plain import plain_spec
from monitorgen.spec.validate import Spec, validate

SPEC = """
organization: acme
channels:
  hook: {type: webhook, url: "http://127.0.0.1:9/"}
  mail: {type: email, recipients: [a@acme.example], from_email: b@acme.example, smtp_server: smtp}
teams: {ops: {notify: {default: [hook, mail]}}}
services:
  shop:
    team: ops
    checks:
      home: {type: tcp, host: shop, port: 80, alert: {severity: high}}
      page: {type: http, url: "https://shop.example/", alert: {severity: high}}
    alerts:
      full: {condition: {type: absence, metric: up, window: 5m}, severity: high, description: a}
  web: {team: ops, scrape: {api: {static: ["web:1"]}}}
"""


def read(text: str) -> tuple[Spec | None, list[Diagnostic]]:
    node, _ = read_text(text, "spec.yaml")
    assert isinstance(node, Mapping)
    return validate(node, "")


def test_a_good_spec_loses_nothing() -> None:
    spec, found = read(SPEC)
    assert spec is not None
    assert (found, spec.broken) == ([], frozenset())


@pytest.mark.parametrize(
    ("good", "bad", "cut"),
    [
        ("port: 80", "port: eighty", "services.shop.checks.home"),
        ("window: 5m", "window: soon", "services.shop.alerts.full"),
        ('static: ["web:1"]', "static: web", "services.web.scrape.api"),
        ("recipients: [a@acme.example]", "recipients: a", "channels.mail"),
        ("notify: {default: [hook, mail]}", "notify: hook", "teams.ops"),
        ("  web: {team: ops,", "  web: {team: [ops],", "services.web"),
    ],
)
def test_only_what_is_wrong_is_cut_out(good: str, bad: str, cut: str) -> None:
    assert good in SPEC
    spec, found = read(SPEC.replace(good, bad))
    assert spec is not None
    assert len(found) == 1
    assert {".".join(path) for path in spec.broken} == {cut}


def test_all_mistakes_are_reported_at_once() -> None:
    text = (
        SPEC.replace("port: 80", "port: 0")
        .replace("window: 5m", "window: 0s")
        .replace("team: ops,", "taem: a,")
    )
    found = compile_spec(load_text(text)).diagnostics
    assert sorted(d.code for d in found) == ["MG0201", "MG0203", "MG0204"]


@pytest.mark.parametrize("said", ["", " ~", " 3", " {}"])
def test_an_unknown_section_is_told_whatever_it_says(said: str) -> None:
    found = compile_spec(load_text(f"{SPEC}\nservces:{said}\n")).diagnostics
    assert [(d.code, d.hint) for d in found] == [("MG0201", "did you mean `services`?")]


def test_a_reference_to_what_is_broken_is_no_second_mistake() -> None:
    found = compile_spec(load_text(SPEC.replace("smtp_server: smtp}", "smtp_prot: 1}"))).diagnostics
    assert [d.code for d in found] == ["MG0201"]
    assert found[0].hint == "did you mean `smtp_port`?"


@pytest.mark.parametrize("empty", ["", " ~", " null"])
def test_a_key_without_a_value_is_said_once(empty: str) -> None:
    found = compile_spec(load_text(SPEC.replace("    team: ops\n", f"    team:{empty}\n"))).diagnostics
    assert [(d.code, d.span and d.span.line) for d in found] == [("MG0214", 9)]


def test_empty_sections_say_nothing() -> None:
    assert compile_spec(load_text(SPEC + "profiles:\nsuppress: null\nclouds: ~\n")).diagnostics == ()


def test_places_in_lists_are_exact() -> None:
    (found,) = compile_spec(load_text(SPEC.replace("[hook, mail]", "[hook, mail, male]"))).diagnostics
    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == ("MG0311", 6, 46)


def test_numbers_of_extra_are_typed_as_yaml_has_them_and_nothing_else_is() -> None:
    node, _ = read_text(
        """
services:
  extra:
    description: 1.50
    scrape:
      extra: {extra: {a: 1, b: 1.50, c: true, d: "1", e: null, f: 010, g: 1e3, h: [no, 2]}, sample_limit: 010}
""",
        "spec.yaml",
    )
    assert isinstance(node, Mapping)
    data, empty = plain_spec(node)
    service = data["services"]["extra"]
    assert service["description"] == "1.50"
    assert service["scrape"]["extra"] == {
        "extra": {"a": 1, "b": 1.5, "c": True, "d": "1", "e": None, "f": "010", "g": 1000.0, "h": ["no", 2]},
        "sample_limit": "010",
    }
    assert empty == []
