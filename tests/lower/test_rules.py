"""Rule files: what goes into which file and group, and in what order."""

from pathlib import Path

from monitorgen.lower.rules import GROUP_SIZE
from monitorgen.model.rule_tests import Untested
from monitorgen.model.rules import AlertingRule, RecordingRule, RuleFile
from monitorgen.model.stack import Stack
from tests.lower.compiling import lowered

TEAM = "teams: {shop: {notify: {default: [chat, pager, mail, spare]}}}\n"
ALERT = "{condition: {type: threshold, metric: m, operator: above, value: 1}, severity: high, description: d"


def service(rest: str, name: str = "checkout") -> str:
    return f"{TEAM}services:\n  {name}:\n    team: shop\n{rest}"


def alerts(*names: str, rest: str = "") -> str:
    return "    alerts:\n" + "".join(f"      {name}: {ALERT}{rest}}}\n" for name in names)


def recordings(**expressions: str) -> str:
    return "    recordings:\n" + "".join(f"      {k}: {{expr: '{v}'}}\n" for k, v in expressions.items())


def only_file(stack: Stack) -> RuleFile:
    (file,) = stack.rule_files
    return file


def names(file: RuleFile) -> list[list[str]]:
    """The rules of each group."""
    return [[r.alert if isinstance(r, AlertingRule) else r.record for r in g.rules] for g in file.groups]


def test_groups_hold_twenty_rules_at_most(tmp_path: Path) -> None:
    all_alerts = [f"a{number:02}" for number in range(45)]
    recorded = {f"r{number:02}": f"x{number}" for number in range(21)}
    file = only_file(lowered(service(alerts(*all_alerts) + recordings(**recorded)), tmp_path))
    assert GROUP_SIZE == 20
    assert [(group.name, len(group.rules)) for group in file.groups] == [
        ("checkout.recordings", 20),
        ("checkout.recordings.2", 1),
        ("checkout", 20),
        ("checkout.2", 20),
        ("checkout.3", 5),
    ]
    assert [name for group in names(file) for name in group] == [*sorted(recorded), *all_alerts]


def test_twenty_rules_are_one_group(tmp_path: Path) -> None:
    file = only_file(lowered(service(alerts(*(f"a{number}" for number in range(20)))), tmp_path))
    assert [group.name for group in file.groups] == ["checkout"]


def test_recordings_come_before_alerts_and_after_what_they_read(tmp_path: Path) -> None:
    chain = recordings(a="b + 1", b="sum(c)", z="up", y="up", c='up{x="y"}')
    assert names(only_file(lowered(service(alerts("first") + chain), tmp_path))) == [
        ["c", "y", "z", "b", "a"],
        ["first"],
    ]


def test_recordings_that_read_each_other_in_a_circle_come_by_name(tmp_path: Path) -> None:
    circle = recordings(b="a", c="b or c", a="c")
    assert names(only_file(lowered(service(circle), tmp_path))) == [["a", "b", "c"]]


def test_a_rule_has_what_the_spec_says(tmp_path: Path) -> None:
    text = service(alerts("a", rest=", for: 5m, cooldown: 10m, labels: {zone: z}") + recordings(r=" up\n"))
    stack = lowered(text, tmp_path)
    (recording,), (alert,) = (group.rules for group in only_file(stack).groups)
    assert isinstance(recording, RecordingRule)
    assert (recording.expr, recording.labels) == ("up", {"service": "checkout"})
    assert isinstance(alert, AlertingRule)
    assert (alert.expr, alert.for_, alert.keep_firing_for) == ('m{service="checkout"} > 1', 300, 600)
    assert alert.labels == {"severity": "high", "team": "shop", "service": "checkout", "zone": "z"}
    assert alert.origin == ("services", "checkout", "alerts", "a")


def test_checks_raise_their_alerts_after_the_others(tmp_path: Path) -> None:
    check = "    checks: {home: {type: http, url: 'http://127.0.0.1:9/', alert: {severity: high}}}\n"
    assert names(only_file(lowered(service(check + alerts("z")), tmp_path))) == [["z", "home_check_failed"]]


def test_a_file_is_named_by_team_and_service_whatever_its_interval(tmp_path: Path) -> None:
    usual = lowered(service(alerts("a")), tmp_path)
    assert only_file(usual).path == "rules/shop/checkout.yml"
    assert [group.interval for group in only_file(usual).groups] == [30]
    seldom = lowered(service("    evaluation_interval: 2m\n" + alerts("a") + recordings(r="up")), tmp_path)
    assert only_file(seldom).path == "rules/shop/checkout.yml"
    assert [group.interval for group in only_file(seldom).groups] == [120, 120]
    (tests,) = seldom.rule_tests
    assert (tests.path, tests.rule_file) == (
        "tests/shop/checkout.test.yml",
        "rules/shop/checkout.yml",
    )
    assert tests.evaluation_interval == 120
    said = lowered(service("    evaluation_interval: 30s\n" + alerts("a")), tmp_path)
    assert only_file(said).path == "rules/shop/checkout.yml"


def test_a_service_without_rules_has_no_file_and_one_without_alerts_no_tests(tmp_path: Path) -> None:
    scraped = "    scrape: {api: {static: ['127.0.0.1:9']}}\n"
    bare = lowered(service(scraped), tmp_path)
    assert (len(bare.rule_files), bare.rule_folders) == (0, ())
    recorded = lowered(service(recordings(r="up")), tmp_path)
    assert len(recorded.rule_files) == 1
    assert recorded.rule_folders == ("rules/shop",)
    assert len(recorded.rule_tests) == 0


def test_an_alert_without_a_test_says_why(tmp_path: Path) -> None:
    raw = (
        "    alerts: {a: {condition: {type: promql, expr: up == 0, untested: seen live}, severity: high,"
        " description: d}}\n"
    )
    stack = lowered(service(raw), tmp_path)
    assert [tests.tests for tests in stack.rule_tests] == [()]
    assert stack.untested == (Untested("a", "rules/shop/checkout.yml", "seen live"),)
