"""The kind `command`: what an action and an alert make of each other, and what is kept of it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from monitorgen.vocabulary.receiver_effects import ReceiverAction
from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.receiver.effects import process
from monitorgen_exporters.receiver.effects.command import KIND, Planned, plan
from monitorgen_exporters.receiver.effects.kind import Outcome, Refusal
from tests.receiver.effects.doing import Given, action, effect
from tests.receiver.effects.hostile import HOSTILE

SERVICE = {"service": {"label": "service", "pattern": "[a-z0-9][a-z0-9-]{0,40}"}}


def done(what: ReceiverAction, labels: Any = None) -> Outcome:
    """What comes of the action for these labels; what is kept of it is fit for the audit log."""
    outcome = KIND.perform(effect("command", {"labels": labels or {}}), Given(actions={"it": what}))
    canonical(dict(outcome.result))
    assert outcome.why.isprintable()
    return outcome


def probe(script: str, **said: Any) -> bool | None:
    """What a probe says that is this shell script."""
    verify = {"command": ["/bin/sh", "-c", script, "probe", "${service}"], **said}
    what = action("/bin/false", parameters=SERVICE, verify=verify)
    return KIND.verify(effect("command", {"labels": {"service": "web"}}), Given(actions={"it": what}))


def test_a_plan_holds_the_labels_that_are_needed_and_the_target() -> None:
    what = action("/bin/restart", "${service}", parameters=SERVICE, target="unit/${service}")
    labels = {"service": "web", "alertname": "WebDown", "secret": "x"}
    assert plan(what, labels) == Planned("unit/web", {"labels": {"service": "web"}})


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_labels_are_refused_when_planned_and_when_run(value: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    what = action("/usr/bin/touch", str(touched), "--reference=${service}", parameters=SERVICE)
    assert isinstance(plan(what, {"service": value}), Refusal)
    outcome = done(what, {"service": value})
    assert (outcome.state, outcome.why[:8]) == ("failed", "refused:")
    assert not touched.exists()


@pytest.mark.parametrize(
    "request_", [{}, {"labels": None}, {"labels": []}, {"labels": {"service": 1}}, {"argv": ["x"]}]
)
def test_a_request_that_was_tampered_with_runs_nothing(request_: dict[str, Any]) -> None:
    what = action("/bin/echo", "${service}", parameters=SERVICE)
    outcome = KIND.perform(effect("command", request_), Given(actions={"it": what}))
    assert outcome.state == "failed"
    assert "missing or empty" in outcome.why


def test_success_keeps_what_was_run_and_what_it_said() -> None:
    outcome = done(action("/bin/echo", "-n", "unit ${service}", parameters=SERVICE), {"service": "web"})
    assert (outcome.state, outcome.why) == ("done", "")
    assert outcome.result["argv"] == ["/bin/echo", "-n", "unit web"]
    assert outcome.result["target"] == "web"
    assert outcome.result["stdout"] == "unit web"
    assert outcome.result["exit_code"] == 0
    assert outcome.result["dry_run"] is False


def test_failure_says_why_with_the_last_words() -> None:
    outcome = done(action("/bin/sh", "-c", "echo first >&2; echo no such unit >&2; exit 4"))
    assert (outcome.state, outcome.why) == ("failed", "it ended with exit code 4; it said: no such unit")


def test_each_other_end_is_told_apart() -> None:
    assert done(action("/bin/sh", "-c", "kill -9 $$")).why == "signal 9 ended it"
    assert done(action("/bin/sleep", "1000", timeout="1s")).why == "it was ended after 1 s, its timeout"
    busy = action(sys.executable, "-S", "-c", "while True: pass", cpu="1s", timeout="10m")
    assert done(busy).why == "it was ended after 1 s of CPU time"
    assert (
        done(action("/nowhere/x")).why == "not started: `/nowhere/x` cannot be run: No such file or directory"
    )
    left = done(action("/bin/sh", "-c", "sleep 1000 &"))
    assert (left.state, left.why) == ("done", "processes that it left running were ended: 1")


def test_a_timeout_is_a_failure_even_if_the_program_then_ends_well() -> None:
    script = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
    assert done(action("/bin/sh", "-c", script, timeout="3s")).state == "failed"


def test_a_run_that_was_lost_is_unknown_unless_it_may_be_repeated() -> None:
    lost = ("/bin/sh", "-c", "kill -9 $PPID; sleep 1000")
    assert done(action(*lost)).state == "unknown"
    assert done(action(*lost, idempotent="true")).state == "retry"


def test_a_dry_run_shows_the_very_words_and_starts_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    said = {"parameters": SERVICE, "target": "${service}"}
    words = ("/usr/bin/touch", "--", str(touched), f"{touched}-${{service}}")
    dry = done(action(*words, dry_run="true", **said), {"service": "web"})
    assert (dry.state, dry.why) == ("done", "a dry run: nothing was started")
    assert not touched.exists()
    real = done(action(*words, **said), {"service": "web"})
    assert touched.exists()
    assert [dry.result[name] for name in ("argv", "target")] == [
        real.result[name] for name in ("argv", "target")
    ]
    assert dry.result["dry_run"] is True


def test_a_dry_run_fails_where_a_real_one_would_not_start() -> None:
    for words in (("/nowhere/x",), ("/etc/passwd",), ("/etc",)):
        assert done(action(*words, dry_run="true")).why == done(action(*words)).why


def test_secrets_of_the_environment_and_what_the_settings_name_are_hidden() -> None:
    outcome = done(
        action(
            "/bin/sh",
            "-c",
            'echo "$API_TOKEN $PLAIN card-77"; echo "$API_TOKEN" >&2; exit 1',
            "hunter22",
            environment={"API_TOKEN": "hunter22", "PLAIN": "shown"},
            redact=["card-[0-9]+"],
        )
    )
    assert "hunter22" not in json.dumps(dict(outcome.result)) + outcome.why
    assert outcome.result["stdout"] == "[redacted] shown [redacted]\n"
    assert outcome.result["argv"][-1:] == ["[redacted]"]  # type: ignore[index]


def test_the_environment_is_that_of_the_settings_alone() -> None:
    outcome = done(action("/usr/bin/env", environment={"NAME": "${service} $HOME"}))
    assert outcome.result["stdout"] == "NAME=${service} $HOME\n"


def test_output_is_bounded_and_text_whatever_it_is() -> None:
    outcome = done(action("/usr/bin/head", "-c", "1000000", "/dev/urandom", output="1KiB"))
    stdout = outcome.result["stdout"]
    assert isinstance(stdout, str)
    assert "998976 bytes left out" in stdout
    assert len(stdout) < 8 * 1024


def test_the_probe_says_yes_no_or_nothing() -> None:
    assert probe('test "$1" = web') is True
    assert probe('test "$1" = db') is False
    assert probe("exit 2") is None
    assert probe("kill -9 $$") is None
    assert probe("sleep 1000", timeout="1s") is None
    assert probe("kill -9 $PPID; sleep 1000") is None


def test_without_a_probe_nothing_is_found_out() -> None:
    settings = Given(actions={"it": action("/bin/true")})
    assert KIND.verify(effect("command", {}), settings) is None
    assert KIND.verify(effect("command", {}, name="other"), settings) is None
    refused = action("/bin/true", parameters=SERVICE, verify={"command": ["/bin/true", "${service}"]})
    assert (
        KIND.verify(effect("command", {"labels": {"service": "-x"}}), Given(actions={"it": refused})) is None
    )
    missing = action("/bin/true", verify={"command": ["/nowhere/x"]})
    assert KIND.verify(effect("command", {}), Given(actions={"it": missing})) is None


@pytest.mark.parametrize(
    ("said", "idempotent"), [({}, False), ({"idempotent": "true"}, True), ({"dry_run": "true"}, True)]
)
def test_what_may_be_done_twice(said: dict[str, str], idempotent: bool) -> None:
    assert (
        KIND.idempotent(effect("command", {}), Given(actions={"it": action("/bin/true", **said)}))
        is idempotent
    )


def test_an_action_that_the_settings_no_longer_have_fails() -> None:
    gone = effect("command", {})
    assert KIND.perform(gone, Given()).state == "failed"
    assert KIND.idempotent(gone, Given()) is False
    assert KIND.longest(gone, Given()) > 0
    assert KIND.longest(gone, Given(actions={"it": action("/bin/true", timeout="7m")})) >= process.longest(
        420
    )
