"""What a build is made from: overlays, per-type defaults and profiles, laid on the tree with their places."""

from monitorgen.source.node import Mapping, Plain, get, plain
from monitorgen.source.reader import read_text
from monitorgen.spec.environments import environments
from monitorgen.spec.prepare import Prepared, prepare
from monitorgen.spec.suggestion import did_you_mean


def root(text: str) -> Mapping:
    node, found = read_text(text, "spec.yaml")
    assert found == []
    assert isinstance(node, Mapping)
    return node


def prepared(text: str, environment: str = "") -> Prepared:
    return prepare(root(text), environment)


def at(done: Prepared, *path: str) -> Plain:
    node = get(done.root, *path)
    return None if node is None else plain(node)


OVERLAID = """
environment: prod
services: {shop: {team: ops, labels: {tier: front}, alerts: {full: {for: 5m, severity: high}}}}
environments:
  staging: {services: {shop: {labels: {tier: null, zone: a}, alerts: {full: {severity: low}}}}}
  prod: {services: {shop: {description: The real one}}}
"""


def test_an_overlay_replaces_adds_and_takes_away() -> None:
    done = prepared(OVERLAID, "staging")
    assert done.environment == "staging"
    assert at(done, "services", "shop") == {
        "team": "ops",
        "labels": {"zone": "a"},
        "alerts": {"full": {"for": "5m", "severity": "low"}},
    }
    assert at(done, "environment") == "staging"
    assert [".".join(change.path) for change in done.replaced] == [
        "services.shop.labels.tier",
        "services.shop.alerts.full.severity",
    ]


def test_taking_away_what_is_not_there_is_told() -> None:
    (found,) = prepared(OVERLAID.replace("tier: null", "teir: null"), "staging").diagnostics
    assert (found.code, found.hint) == ("MG0305", "did you mean `tier`?")
    assert prepared(OVERLAID.replace("tier: null", "teir: null"), "prod").diagnostics == ()


def test_what_an_overlay_gives_stands_where_it_was_written() -> None:
    severity = get(prepared(OVERLAID, "staging").root, "services", "shop", "alerts", "full", "severity")
    assert severity is not None
    assert severity.span.line == 5


def test_without_a_name_the_specs_own_environment_is_laid_on() -> None:
    done = prepared(OVERLAID)
    assert done.environment == "prod"
    assert at(done, "services", "shop", "description") == "The real one"
    assert (
        at(prepared(OVERLAID.replace("environment: prod\n", "")), "services", "shop", "description") is None
    )


def test_an_environment_that_is_only_named_needs_no_overlay() -> None:
    assert prepared("environment: prod\n", "prod").diagnostics == ()
    (unknown,) = prepared("environment: prod\n", "prd").diagnostics
    assert (unknown.code, unknown.hint) == ("MG0303", "did you mean `prod`?")


def test_the_words_of_other_environments_are_known() -> None:
    text = "routing: {default: [a]}\nenvironments: {x: {routing: {default: [b]}}}\n"
    assert "b" in prepared(text).elsewhere
    assert "a" in prepared(text, "x").elsewhere


def test_lists_of_names_are_maps_everywhere_they_may_stand() -> None:
    text = """
services: [{name: shop, checks: [{name: home, type: tcp}]}]
environments: [{name: staging, services: [{name: shop, checks: [{name: home, port: 80}]}]}]
"""
    assert environments(root(text)) == ("staging",)
    assert at(prepared(text, "staging"), "services", "shop", "checks") == {
        "home": {"type": "tcp", "port": "80"}
    }


def test_defaults_fill_what_a_type_leaves_out() -> None:
    text = """
defaults: {channels: {email: {smtp_port: 25, headers: {A: a, B: b}}}, checks: {http: {timeout: 5s}}}
channels: {mail: {type: email, headers: {A: own}}, hook: {type: webhook}}
services: {shop: {checks: {home: {type: http}, fast: {type: http, timeout: 1s}, db: {type: tcp}}}}
"""
    done = prepared(text)
    assert at(done, "channels") == {
        "mail": {"type": "email", "headers": {"A": "own", "B": "b"}, "smtp_port": "25"},
        "hook": {"type": "webhook"},
    }
    assert at(done, "services", "shop", "checks") == {
        "home": {"type": "http", "timeout": "5s"},
        "fast": {"type": "http", "timeout": "1s"},
        "db": {"type": "tcp"},
    }


def test_a_service_says_more_than_its_profiles() -> None:
    text = """
profiles:
  node: {labels: {kind: node, tier: back}, alerts: {down: {severity: high, for: 5m}}}
  web: {labels: {public: "yes"}}
services: {shop: {use: [node, web], labels: {tier: front}, alerts: {down: {severity: low}}}}
"""
    shop = at(prepared(text), "services", "shop")
    assert isinstance(shop, dict)
    assert shop["labels"] == {"tier": "front", "kind": "node", "public": "yes"}
    assert shop["alerts"] == {"down": {"severity": "low", "for": "5m"}}


def test_a_profile_of_another_shape_is_told_where_both_stand() -> None:
    text = "profiles: {node: {alerts: none}}\nservices: {shop: {use: [node], alerts: {down: {}}}}\n"
    (found,) = prepared(text).diagnostics
    assert (found.code, found.span and found.span.line, found.related[0].span.line) == ("MG0121", 1, 2)


def test_an_overlay_may_change_a_profile() -> None:
    text = """
profiles: {node: {labels: {kind: node}}}
services: {shop: {use: [node]}}
environments: {staging: {profiles: {node: {labels: {kind: virtual}}}}}
"""
    assert at(prepared(text, "staging"), "services", "shop", "labels") == {"kind": "virtual"}


def test_the_tree_that_was_read_is_never_changed() -> None:
    tree = root(OVERLAID)
    before = plain(tree)
    prepare(tree, "staging")
    assert plain(tree) == before


def test_did_you_mean() -> None:
    assert did_you_mean("paymnts", ["payments", "ops"]) == "did you mean `payments`?"
    assert did_you_mean("zzz", ["b", "a", "b"]) == "there is b, a"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", [f"n{i:02}" for i in range(20)]).endswith("n11, ...")
