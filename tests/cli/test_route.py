"""`monitorgen route`: who is told, by which routes, and which lines of the spec made it so."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.support.checkout import TOP
from tests.support.command_line import monitorgen

SPEC = TOP / "examples" / "acme" / "spec"


def route(*arguments: str) -> Result:
    return monitorgen("route", "--spec", SPEC, *arguments)


def asked(*arguments: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(route(*arguments, "--format", "json").stdout)
    return said


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.stdout.replace(f"{SPEC}/", "").splitlines()


def place(file: str, text: str) -> str:
    """`file:line: text` for the first line of a file of the example that holds `text`."""
    found = (SPEC / file).read_text().splitlines()
    number, line = next((number, line) for number, line in enumerate(found, start=1) if text in line)
    return f"{file}:{number}: {line.strip()}"


def test_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SPEC.parent)
    critical = place("people.yaml", "critical: [payments-pager")
    default = place("people.yaml", "default: [payments-slack]")
    fallback = place("acme.yaml", "default: [ops-mail]")
    own = place("services/checkout.yaml", "add_channels:")
    # Without --spec it is the folder spec/.
    result = monitorgen("route", "severity=critical", "team=payments")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.replace("spec/", "").splitlines()[:22] == [
        "severity=critical team=payments in environment prod",
        "",
        "goes to payments-pager,payments-slack",
        f"  payments-pager  pagerduty  {place('people.yaml', '  payments-pager:').rsplit(': ', 1)[0]}",
        f"  payments-slack  slack      {place('people.yaml', '  payments-slack:').split(': ')[0]}",
        "",
        "by the routes",
        "  every alert -> ops-mail",
        f"      {fallback}",
        '    team="payments" -> payments-slack',
        f"        {default}",
        '      severity="critical" -> payments-pager,payments-slack',
        f"          {critical}",
        "",
        "grouped and repeated by",
        "  group_by         alertname, service, environment, severity  default",
        "  group_wait       30s  default",
        "  group_interval   5m  default",
        "  repeat_interval  4h  default",
        "",
        "4 alerts of the spec with these labels",
        "  go to incident-hook,payments-pager,payments-slack",
    ]
    assert f"    {own}" in result.stdout.replace("spec/", "")
    assert "go to payments-pager,payments-slack (as above)" in result.stdout
    assert "\x1b" not in result.stdout


def test_where_missing_labels_decide_the_alerts_come_first() -> None:
    said = lines(route("team=payments"))
    assert said[2] == "11 alerts of the spec with these labels"
    # Where the spec's own alerts go, with the line that decides.
    at = said.index("  go to payments-pager,payments-slack")
    assert said[at + 1].strip() == place("people.yaml", "critical: [payments-pager")
    assert [line.split()[1] for line in said[at + 2 : at + 5]] == [
        "no_heartbeat",
        "health_check_failed",
        "database_check_failed",
    ]
    # The walk of the labels alone stands after it.
    alone = said.index("an alert with these labels and no severity")
    assert at < alone
    assert said[alone + 2] == "goes to payments-slack"
    assert not any("as above" in line for line in said)


def test_labels_that_all_alerts_share_are_filled_in() -> None:
    said = lines(route("service=checkout"))
    assert said[1] == "  note: team=payments filled in: all 8 alerts with these labels have it"
    assert said[3] == "8 alerts of the spec with these labels"
    alone = said.index("an alert with these labels and no severity")
    assert said[alone + 2] == "goes to payments-slack"
    assert "ops-mail" not in said[alone + 2]
    whole = lines(route("service=checkout", "severity=high"))
    assert whole[1] == "  note: team=payments filled in: all 3 alerts with these labels have it"
    assert whole[3] == "goes to payments-slack"
    assert "  go to payments-slack (as above)" in whole
    assert asked("service=checkout", "severity=high")["labels"] == {
        "team": "payments",
        "service": "checkout",
        "severity": "high",
    }


def test_labels_that_no_alert_has_count_as_absent() -> None:
    said = lines(route("instance=a", "severity=low"))
    assert "  note: team, not given, counts as absent" in said
    assert "goes to ops-mail (what no team's route takes)" in said


def test_alerts_that_reach_people_by_a_label_not_given(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(TWO_TEAMS)
    result = monitorgen("route", "--spec", spec, "severity=high")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.index("  go to mail") < result.stdout.index("nobody is told")


def test_alerts_that_all_have_channels_of_their_own(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    own = TWO_TEAMS.replace("team: dev", "team: ops").replace("channels:\n", "channels:\n" + CHAT)
    for channels in ("chat", "chat, mail"):
        own = own.replace("severity: high\n", f"severity:  high\n        channels: [{channels}]\n", 1)
    spec.write_text(own)
    said = lines(monitorgen("route", "--spec", spec, "team=ops", "severity=high"))
    assert said[:4] == [
        "team=ops severity=high",
        "",
        "2 alerts of the spec with these labels",
        "  go to chat",
    ]
    alone = said.index("an alert with these labels and no channels of its own")
    assert said[alone + 2] == "goes to mail"


def test_the_labels_of_one_alert_are_completed() -> None:
    said = asked("alertname=high_error_rate")
    assert said["asked"] == {"alertname": "high_error_rate"}
    assert said["labels"]["notify"] == "incident-hook,payments-pager,payments-slack"
    (delivery,) = said["deliveries"]
    assert [channel["name"] for channel in delivery["channels"]] == [
        "incident-hook",
        "payments-pager",
        "payments-slack",
    ]
    assert delivery["path"][-1]["place"]["text"] == "add_channels: [incident-hook]"
    reasons = {reason["label"]: reason["place"]["text"] for reason in said["reasons"]}
    assert reasons == {
        "team": "team: payments",
        "severity": "severity: critical",
        "notify": "add_channels: [incident-hook]",
    }
    assert [alert["alert"] for alert in said["alerts"]] == ["high_error_rate"]


def test_an_alert_of_a_check_and_one_of_a_profile() -> None:
    (check,) = asked("alertname=name_check_failed")["alerts"]
    assert check["place"]["text"] == "alert: {severity: high}"
    assert check["receivers"] == ["payments-slack"]
    (profile,) = asked("alertname=host_disk_filling")["alerts"]
    assert profile["place"]["file"].endswith("services/ledger.yaml")
    assert profile["place"]["text"] == "host_disk_filling:"


def test_environments_differ() -> None:
    for arguments, receiver in (((), "payments-pager,payments-slack"), (("-e", "staging"), "payments-slack")):
        said = asked("severity=critical", "team=payments", *arguments)
        assert [delivery["receiver"] for delivery in said["deliveries"]] == [receiver]
        # The line is that of the overlay, where it has one.
        assert said["deliveries"][0]["path"][-1]["place"]["file"].endswith(
            "acme.yaml" if arguments else "people.yaml"
        )
    assert route("-e", "nowhere").exit_code == 1
    assert "there is no environment `nowhere`" in route("-e", "nowhere").stderr


@pytest.mark.parametrize(
    ("label", "note"),
    [
        ("team=paymnts", "no alert of the spec has team=paymnts: did you mean `payments`?"),
        ("severity=urgent", "no alert of the spec has severity=urgent: there is info, low, medium,"),
        ("alertname=no_hartbeat", "did you mean `no_heartbeat`?"),
        ("service=check-out", "did you mean `checkout`?"),
        ("teem=payments", "the spec sets no label `teem`: did you mean `team`?"),
        ("instance=a:9100", "the spec sets no label `instance`: an alert can have it from its series only"),
    ],
)
def test_labels_that_look_like_a_mistake(label: str, note: str) -> None:
    assert note in " ".join(" ".join(lines(route(label))).split())


def test_labels_of_series_rule_out_no_alert() -> None:
    said = asked("team=payments", "severity=critical", "instance=web-1")
    assert len(said["alerts"]) == 4
    assert said["deliveries"][0]["receiver"] == "payments-pager,payments-slack"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["critical"], "`critical` is no label: write NAME=VALUE"),
        (["=critical"], "is no label"),
        (["1a=b"], "is no label"),
        (["severity=~crit.*"], "is a matcher, and an alert has labels: write severity=VALUE"),
        (["severity!=low"], "is a matcher"),
        (["severity==low"], "is a matcher"),
        (["severity=critical,team=payments"], "holds several labels: separate them by blanks"),
        (["team=a", "team=b"], "`team` is given twice, as a and as b"),
    ],
)
def test_bad_labels(arguments: list[str], words: str) -> None:
    result = route(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_quotes_are_those_of_amtool() -> None:
    assert asked('team="payments"', "severity='critical'")["labels"] == {
        "team": "payments",
        "severity": "critical",
    }


def test_without_labels_every_alert_is_listed() -> None:
    said = lines(route())
    assert said[0] == "every alert in environment prod"
    assert said[2] == "11 alerts of the spec"
    assert not any("goes to" in line or "note:" in line for line in said)


def test_a_spec_with_errors(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("organization: acme\nservices: {shop: {team: nobody}}\n")
    result = monitorgen("route", "--spec", spec, "team=a")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "MG0310" in result.stderr


def test_no_spec_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = monitorgen("route", "team=a")
    assert result.exit_code == 2
    assert "give the spec's file or folder" in result.stderr


TUNED = """
organization: acme
channels:
  mail: {type: webhook, url: "http://127.0.0.1:9/hook"}
  chat: {type: webhook, url: "http://127.0.0.1:9/chat"}
teams:
  ops:
    notify: {default: [mail]}
    group_by: [alertname, region]
    repeat_interval: 12h
    extra:
      group_wait: 1m
      routes:
        - {receiver: chat, matchers: ['zone=~"a|b"', 'kind!="x"']}
  other: {notify: {high: [chat], default: [mail]}}
routing: {group_interval: 10m}
services:
  shop:
    team: ops
    alerts:
      errors:
        condition: {type: threshold, metric: m, operator: above, value: 5}
        severity: high
        description: x
"""


_ERRORS = """
    alerts:
      errors:
        condition: {type: threshold, metric: m, operator: above, value: 5}
        severity: high
        description: x
"""
CHAT = '  chat: {type: webhook, url: "http://127.0.0.1:9/chat"}\n'
TWO_TEAMS = f"""
organization: acme
channels:
  mail: {{type: webhook, url: "http://127.0.0.1:9/hook"}}
teams:
  ops: {{notify: {{default: [mail]}}}}
  dev: {{notify: {{default: [mail]}}}}
services:
  shop:
    team: ops{_ERRORS}
  till:
    team: dev{_ERRORS}
"""


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    """A spec that groups by itself, has no fallback, and routes of its own."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(TUNED)
    return spec


def test_grouping_and_the_lines_that_say_so(tuned: Path) -> None:
    said = json.loads(monitorgen("route", "--spec", tuned, "team=ops", "--format", "json").stdout)
    settings = said["deliveries"][0]["settings"]
    assert {name: one["value"] for name, one in settings.items()} == {
        "group_by": "alertname, region",
        "group_wait": "1m",
        "group_interval": "10m",
        "repeat_interval": "12h",
    }
    assert {name: one["place"]["text"] for name, one in settings.items()} == {
        "group_by": "group_by: [alertname, region]",
        "group_wait": "group_wait: 1m",
        "group_interval": "routing: {group_interval: 10m}",
        "repeat_interval": "repeat_interval: 12h",
    }


def test_routes_of_an_extra_are_walked(tuned: Path) -> None:
    for labels, receiver in (
        (["zone=a"], "chat"),
        (["zone=ab"], "mail"),
        (["zone=b", "kind=x"], "mail"),
    ):
        said = json.loads(
            monitorgen("route", "--spec", tuned, "team=ops", *labels, "--format", "json").stdout
        )
        assert [delivery["receiver"] for delivery in said["deliveries"]] == [receiver]
    (delivery,) = json.loads(
        monitorgen("route", "--spec", tuned, "team=ops", "zone=a", "--format", "json").stdout
    )["deliveries"]
    assert delivery["path"][-1]["matchers"] == ['zone=~"a|b"', 'kind!="x"']
    assert delivery["path"][-1]["place"]["text"] == "extra:"


def test_nobody_is_told(tuned: Path) -> None:
    result = monitorgen("route", "--spec", tuned, "team=nobody")
    assert result.exit_code == 1
    assert "goes to nobody (what no team's route takes)" in result.stdout
    assert "which has no channel: nobody is told" in result.stdout
    assert "the spec has no `routing.default`" in result.stdout


def test_the_copy_for_the_receiver_stands_first() -> None:
    spec = TOP / "examples" / "observability" / "spec"
    result = monitorgen("route", "--spec", spec, "team=models", "severity=low")
    said = [line.replace(f"{spec}/", "") for line in result.stdout.splitlines()]
    first, second = said.index("goes to monitorgen"), said.index("goes to models-slack")
    assert first < second
    assert said[first + 1].split()[:2] == ["machine", "receiver"]
    copy = said[first:second]
    assert [line.strip() for line in copy if "->" in line] == [
        "every alert -> ops-slack",
        "every alert -> monitorgen",
    ]
    assert any(line.split()[:2] == ["repeat_interval", "10m"] for line in copy)
    # The way to people is shown as if there were no copy.
    ways = [line.strip() for line in said[second:] if "->" in line]
    assert ways == ["every alert -> ops-slack", 'team="models" -> models-slack']


def test_what_only_the_default_takes_is_said_beside_the_copy() -> None:
    spec = TOP / "examples" / "observability" / "spec"
    result = monitorgen("route", "--spec", spec, "team=nobody")
    assert "goes to ops-slack (what no team's route takes)" in result.stdout
