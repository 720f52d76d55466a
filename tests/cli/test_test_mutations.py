"""`monitorgen test` on trees somebody has meddled with: each way a check should see, and what it says."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.checkout import TOP
from tests.support.command_line import monitorgen
from tests.support.servers import Generation
from tests.support.terraform import terraform_required

SPEC = TOP / "examples" / "acme" / "spec"
RULES = "prometheus/rules/payments/checkout.yml"
TESTS = "prometheus/tests/payments/checkout.test.yml"
CONFIG = "prometheus/prometheus.yml"
ROUTES = "alertmanager/alertmanager.yml"
MODULES = "blackbox/blackbox.yml"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example acme, built."""
    target = tmp_path_factory.mktemp("acme") / "build"
    assert monitorgen("build", SPEC, "-o", target).exit_code == 0
    return target


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change to a tree, the check that fails of it, and words it says. `command` is empty for our own."""

    name: str
    change: Callable[[Path], None]
    command: str
    words: tuple[str, ...]


def text(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Puts `new` for the first `old` in a file."""

    def change(tree: Path) -> None:
        path = tree / file
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new, 1))

    return change


def data(file: str, edit: Callable[[Any], object]) -> Callable[[Path], None]:
    """Edits what stands in a YAML file."""

    def change(tree: Path) -> None:
        content = yaml.safe_load((tree / file).read_text())
        edit(content)
        (tree / file).write_text(yaml.safe_dump(content, sort_keys=False))

    return change


def _rules(content: Any) -> dict[str, Any]:
    return {rule["alert"]: rule for group in content["groups"] for rule in group["rules"] if "alert" in rule}


def _without_team_routes(content: Any) -> None:
    content["route"]["routes"] = [
        r for r in content["route"]["routes"] if r["matchers"] != ['team="payments"']
    ]


def _mute(content: Any) -> None:
    (receiver,) = (one for one in content["receivers"] if one["name"] == "payments-slack")
    del receiver["slack_configs"]


def _one_module_less(content: Any) -> None:
    del content["modules"][next(name for name in content["modules"] if name.startswith("tcp-"))]


def _bad_target(tree: Path) -> None:
    path = next((tree / "prometheus/targets").rglob("*ledger.json"))
    content = json.loads(path.read_text())
    content[0]["target"] = content[0].pop("targets")
    path.write_text(json.dumps(content))


TEST_RULES = "promtool test rules"
CHECK_RULES = "promtool check rules"
CHECK_CONFIG = "promtool check config"
CHECK_ROUTES = "amtool check-config"
TEST_ROUTES = "amtool config routes test"
CHECK_MODULES = "blackbox_exporter --config.check"

MUTATIONS = (
    Mutation(
        "a threshold that is too high",
        data(
            RULES,
            lambda c: _rules(c)["host_disk_filling"].update(
                expr='disk_used_percent{service="checkout"} > 95'
            ),
        ),
        TEST_RULES,
        (f"{TESTS}: host_disk_filling", "the alert must fire, but it does not:"),
    ),
    Mutation(
        "a threshold that is too low",
        data(
            RULES,
            lambda c: _rules(c)["host_disk_filling"].update(expr='disk_used_percent{service="checkout"} > 5'),
        ),
        TEST_RULES,
        (f"{TESTS}: host_disk_filling", "the alert must not fire, but it does:"),
    ),
    Mutation(
        "an alert that no longer waits",
        data(RULES, lambda c: _rules(c)["host_disk_filling"].pop("for")),
        TEST_RULES,
        (f"{TESTS}: host_disk_filling", "the alert must not fire, but it does:"),
    ),
    Mutation(
        "a rule label changed",
        data(RULES, lambda c: _rules(c)["slow_requests"]["labels"].update(severity="low")),
        TEST_RULES,
        (f"{TESTS}: slow_requests", "the alert must fire, but it does not:"),
    ),
    Mutation(
        "an alert renamed",
        data(RULES, lambda c: _rules(c)["slow_requests"].update(alert="sluggish")),
        TEST_RULES,
        (f"{TESTS}: slow_requests", "sluggish", "untested: no test in the tree, and no reason given"),
    ),
    Mutation(
        "an example of the spec that no longer holds",
        text(RULES, '{service="checkout"} > 10\n', '{service="checkout"} > 100\n'),
        TEST_RULES,
        (f"{TESTS}: stuck_orders, test ", "2 tests, 1 FAILED"),
    ),
    Mutation(
        "the tests point at no rules",
        data(TESTS, lambda c: c.update(rule_files=["../../rules/payments/check-out.yml"])),
        TEST_RULES,
        (TESTS, "no test in the tree, and no reason given"),
    ),
    Mutation(
        "a test that promtool cannot read",
        data(TESTS, lambda c: c["tests"][0].update(intervall="1m")),
        TEST_RULES,
        (TESTS, "field intervall not found in type main.testGroup"),
    ),
    Mutation(
        "broken PromQL",
        data(RULES, lambda c: _rules(c)["slow_requests"].update(expr="avg_over_time(x[10m]) >")),
        CHECK_RULES,
        (f"{RULES}:", "slow_requests", "could not parse expression", "unexpected end of input"),
    ),
    Mutation(
        "a broken template",
        data(RULES, lambda c: _rules(c)["slow_requests"]["annotations"].update(description="{{ $labels.x }")),
        CHECK_RULES,
        (f"{RULES}: slow_requests", 'annotation "description"'),
    ),
    Mutation(
        "the same rule twice",
        data(RULES, lambda c: c["groups"][-1]["rules"].append(c["groups"][-1]["rules"][0])),
        CHECK_RULES,
        (RULES, "1 duplicate rule(s) found"),
    ),
    Mutation(
        "rule files that Prometheus does not load",
        data(CONFIG, lambda c: c.update(rule_files=["rules/platform/*.yml"])),
        "",
        (CONFIG, f"no pattern of `rule_files` finds {RULES}"),
    ),
    Mutation(
        "a bad pattern in relabelling",
        text(CONFIG, "regex: (.+)", "regex: ((.+)"),
        CHECK_CONFIG,
        (CONFIG, "missing closing )"),
    ),
    Mutation(
        "an unknown key in prometheus.yml",
        text(CONFIG, "  scrape_interval: 30s", "  scrape_intervall: 30s"),
        CHECK_CONFIG,
        (f"{CONFIG}:2", "field scrape_intervall not found"),
    ),
    Mutation(
        "prometheus.yml is no YAML",
        text(CONFIG, "global:", "global: ["),
        CHECK_CONFIG,
        (CONFIG, "did not find expected"),
    ),
    Mutation(
        "a target file Prometheus cannot read",
        _bad_target,
        CHECK_CONFIG,
        ("prometheus/targets/", 'unknown field "target"'),
    ),
    Mutation(
        "a receiver that is not there",
        text(ROUTES, "receiver: payments-slack\n", "receiver: payments-slak\n"),
        CHECK_ROUTES,
        (ROUTES, 'undefined receiver "payments-slak" used in route'),
    ),
    Mutation(
        "an unknown key in alertmanager.yml",
        text(ROUTES, "        channel:", "        chanel:"),
        CHECK_ROUTES,
        (f"{ROUTES}:", "field chanel not found"),
    ),
    Mutation(
        "a notification template that does not parse",
        text("alertmanager/templates/slack.tmpl", "{{ end", "{{ ende"),
        CHECK_ROUTES,
        (ROUTES, "slack.tmpl"),
    ),
    Mutation(
        "the routes of a team gone",
        data(ROUTES, _without_team_routes),
        TEST_ROUTES,
        ("no route takes it, so it falls to ops-mail",),
    ),
    Mutation(
        "a receiver without a way to tell anybody",
        data(ROUTES, _mute),
        TEST_ROUTES,
        ("it goes to payments-slack, which tells nobody",),
    ),
    Mutation(
        "an unknown key in a module",
        text(MODULES, "valid_status_codes", "valid_status_code"),
        CHECK_MODULES,
        (f"{MODULES}:", "field valid_status_code not found"),
    ),
    Mutation(
        "a prober that does not exist",
        text(MODULES, "prober: icmp", "prober: icpm"),
        CHECK_MODULES,
        (f"{MODULES}: ping-", "there is no prober `icpm`"),
    ),
    Mutation(
        "a module gone that a probe names",
        data(MODULES, _one_module_less),
        "",
        ("there is no module `tcp-", "ledger.json: ledger-db:5432"),
    ),
    Mutation(
        "a file gone",
        lambda tree: (tree / "alertmanager/templates/slack.tmpl").unlink(),
        "",
        ("alertmanager/templates/slack.tmpl", "it is missing: build the tree again"),
    ),
)


@pytest.mark.usefixtures("one_proof")
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_check_sees_it_and_tells_people_and_machines(
    mutation: Mutation, built: Path, tmp_path: Path, generation: Generation
) -> None:
    tree = tmp_path / "build"
    shutil.copytree(built, tree)
    mutation.change(tree)
    result = monitorgen("test", tree, "--bin", generation.bin)
    assert result.exit_code == 1, result.output
    plain = " ".join(result.stdout.split())
    for words in mutation.words:
        assert words in plain, result.output
    said = json.loads(monitorgen("test", tree, "--bin", generation.bin, "--format", "json").stdout)
    failed = {check["command"] for check in said["checks"] if check["outcome"] == "failed"}
    assert mutation.command in failed
    assert said["ok"] is False


def _removed(content: Any) -> None:
    content["tests"] = [test for test in content["tests"] if test["name"] != "slow_requests"]


def _only_quiet(content: Any) -> None:
    for test in content["tests"]:
        if test["name"] == "slow_requests":
            test["promql_expr_test"] = [one for one in test["promql_expr_test"] if not one["exp_samples"]]


@pytest.mark.usefixtures("one_proof")
@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (_removed, "no test in the tree, and no reason given"),
        (_only_quiet, "its tests never expect it to fire"),
    ],
)
def test_a_test_taken_away_lowers_the_coverage(
    edit: Callable[[Any], None], reason: str, built: Path, tmp_path: Path, generation: Generation
) -> None:
    tree = tmp_path / "build"
    shutil.copytree(built, tree)
    data(TESTS, edit)(tree)
    result = monitorgen("test", tree, "--bin", generation.bin, "--require-coverage", "95")
    assert result.exit_code == 1
    assert f"untested: {reason}" in " ".join(result.stdout.split())
    assert f"changed since it was built: {TESTS}" in " ".join(result.stdout.split())
    assert result.stderr == "90.9 % of the alerts are tested, and 95 % are required\n"
    easier = monitorgen("test", tree, "--bin", generation.bin, "--require-coverage", "90")
    assert easier.exit_code == 0


def test_terraform_laid_out_otherwise(whole: Path, tmp_path: Path, generation: Generation) -> None:
    terraform_required()
    tree = tmp_path / "build"
    shutil.copytree(whole, tree)
    text("terraform/modules/aws-onboarding/variables.tf", "  type ", "    type ")(tree)
    result = monitorgen("test", tree, "--bin", generation.bin)
    assert result.exit_code == 1
    assert "modules/aws-onboarding/variables.tf is not laid out as `terraform fmt`" in result.stdout


def test_a_failing_test_in_junit(built: Path, tmp_path: Path, generation: Generation) -> None:
    tree = tmp_path / "build"
    shutil.copytree(built, tree)
    MUTATIONS[0].change(tree)
    report = monitorgen("test", tree, "--bin", generation.bin, "--format", "junit").stdout
    assert (
        '<testcase classname="prometheus/tests/payments/checkout.test.yml" name="host_disk_filling' in report
    )
    assert report.count("<failure") == 1


@pytest.mark.usefixtures("one_proof")
@pytest.mark.parametrize(
    "junk", [b"", b"- a\n- b\n", b"\x00\xff", b"a: [", b"text", b"groups: {a: 1}\ntests: 3\n"]
)
def test_files_of_any_content_end_in_a_clear_failure(
    junk: bytes, whole: Path, tmp_path: Path, generation: Generation
) -> None:
    tree = tmp_path / "build"
    shutil.copytree(whole, tree)
    for path in tree.rglob("*"):
        if path.suffix in (".yml", ".json") and path.name != "manifest.json":
            path.write_bytes(junk)
    for format_ in ("text", "json", "junit"):
        result = monitorgen("test", tree, "--bin", generation.bin, "--allow-missing", "--format", format_)
        assert result.exit_code == 1, result.output
    assert "amtool" in result.stdout
