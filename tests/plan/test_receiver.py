"""`receiver:` held against itself and against the rest of the spec."""

import pytest

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.tree import load_text
from monitorgen.vocabulary.fields import example

LOG = "audit: {log: a/audit.db, key: {file: audit.key}}\n"
SOURCE = "sources: {eu1: {token: {file: /t}}}"
HOOK = "notifications: {hook: {url: 'http://127.0.0.1:9/'}}"
TLS = "tls: {certificate: c, key: k, client_ca: a}"


def found(section: str, log: str = LOG) -> list[Diagnostic]:
    loaded = load_text(example("") + log + f"receiver: {{{section}}}\n")
    return [d for one in compile_all(loaded) for d in one.diagnostics]


def action(said: str, match: str = "match: {alertname: errors}") -> str:
    return f"{SOURCE}, actions: {{mend: {{command: [/bin/mend, '${{unit}}'], {match}, {said}}}}}"


def timed(match: str, more: str = "events: []", severities: str = "") -> str:
    hook = f"{{url: 'http://127.0.0.1:9/', match: {{{match}}}, {more}}}"
    waits = f"{{timeout: 5m, notify: [hook], severities: [{severities}]}}"
    return f"{SOURCE}, notifications: {{hook: {hook}}}, acknowledgement: {waits}"


JWT = "jwt: {issuer: i, audience: a, jwks_file: k}"
UNIT = "parameters: {unit: {label: service, pattern: '[a-z]{1,9}'}}"


@pytest.mark.parametrize(
    ("section", "code", "text", "at"),
    [
        (f"{SOURCE}, listen: '0.0.0.0:9393'", "MG0666", "others reach `0.0.0.0:9393`", "'0.0.0.0:9393'"),
        (f"{SOURCE}, listen: 'alerts:9393'", "MG0666", "others reach", "'alerts:9393'"),
        (f"{SOURCE}, listen: '[::]:9393'", "MG0666", "others reach", "'[::]:9393'"),
        ("sources: {eu1: {}}", "MG0661", "no credentials", "{}"),
        ("sources: {eu1: {username: a}}", "MG0662", "needs `password`", "{username"),
        (
            "sources: {eu1: {token: {file: /t}, username: a, password: {file: /p}}}",
            "MG0220",
            "cannot both be sent",
            "{token",
        ),
        (
            f"sources: {{eu1: {{token: {{file: /t}}, client_certificate: a}}}}, {TLS}",
            "MG0220",
            "beside",
            "{token",
        ),
        ("sources: {eu1: {token: hunter2}}", "MG0210", "must not be written", "hunter2"),
        ("sources: {eu1: {token: {env: T}}}", "MG0670", "Alertmanager shows it", "{env"),
        ("sources: {eu1: {client_certificate: a, tls: {cert_file: c, key_file: k}}}", "MG0670", "none", ""),
        (f"sources: {{eu1: {{client_certificate: a}}}}, {TLS}", "MG0670", "which certificate to show", "a}"),
        (
            "sources: {eu1: {token: {file: /t}, receiver_name: other}}",
            "MG0670",
            "called `monitorgen`",
            "other",
        ),
        ("sources: {}", "MG0204", "`sources` is empty", "{}"),
        ("sources: {a: {token: {file: /t}}, b: {token: {file: /t}}}", "MG0669", "one source", "sources"),
        (f"{SOURCE}, users: {{ann: {{roles: [respnder]}}}}", "MG0667", "no role `respnder`", "respnder"),
        (f"{SOURCE}, users: {{ann: {{roles: [admin]}}}}", "MG0333", "no token is believed", "users"),
        (f"{SOURCE}, users: {{'a n': {{roles: [admin]}}}}", "MG0205", "not the name of a user", "'a n'"),
        (f"{SOURCE}, roles: {{x: [reed]}}", "MG0204", "expected `read`", "reed"),
        (f"{SOURCE}, jwt: {{issuer: a, audience: b}}", "MG0672", "either `jwks_url` or", "{issuer"),
        (f"{SOURCE}, {HOOK}, unknown_notify: [hok]", "MG0667", "no notification `hok`", "hok"),
        (
            f"{SOURCE}, {HOOK}, acknowledgement: {{timeout: 5m, notify: [hok]}}",
            "MG0667",
            "no notification `hok`",
            "hok",
        ),
        (f"{SOURCE}, acknowledgement: {{timeout: 5m}}", "MG0668", "nobody is told", "5m"),
        (f"{SOURCE}, acknowledgement: {{reminder: 5m}}", "MG0668", "there is none", "5m"),
        (f"{SOURCE}, acknowledgement: {{severities: [hgh]}}", "MG0312", "no severity `hgh`", "hgh"),
        (action("timeout: 1m"), "MG0667", "no parameter `unit`", "'${unit}'"),
        (action(f"{UNIT}, target: '${{unti}}'"), "MG0667", "no parameter `unti`", "'${unti}'"),
        (
            action(f"{UNIT}, verify: {{command: [/bin/x, '${{y}}']}}"),
            "MG0667",
            "no parameter `y`",
            "'${y}'",
        ),
        (action(UNIT, "timeout: 5s"), "MG0664", "no `match`", "{command"),
        (action(UNIT.replace("[a-z]{1,9}", ".+")), "MG0663", "begin with `-`", "'.+'"),
        (action(UNIT.replace("[a-z]{1,9}", r"a\s")), "MG0663", "a newline", r"'a\s'"),
        (action(UNIT.replace("[a-z]{1,9}", "[a")), "MG0204", "not a regular expression", "'[a'"),
        (
            f"{SOURCE}, actions: {{m: {{command: [mend], match: {{team: payments}}}}}}",
            "MG0665",
            "not the path",
            "[",
        ),
        (f"{SOURCE}, actions: {{m: {{command: [], match: {{team: payments}}}}}}", "MG0204", "is empty", "[]"),
        (action(f"{UNIT}, environment: {{LD_PRELOAD: x}}"), "MG0205", "run other code", "LD_PRELOAD"),
        (action(f"{UNIT}, environment: {{a-b: x}}"), "MG0205", "environment variable", "a-b"),
        (action(f"{UNIT}, memory: 1MB"), "MG0204", "not a number of bytes", "1MB"),
        (action(f"{UNIT}, enabled: false"), "MG0314", "does not say why", "false"),
        (action(UNIT, "match: {alertname: erors}"), "MG0671", "has alertname=erors", "erors"),
        (action(UNIT, "match: {severity: hgh}"), "MG0671", "has severity=hgh", "hgh"),
        (
            f"{SOURCE}, notifications: {{h: {{url: 'http://h', match: {{team: [payments, paymnts]}}}}}}",
            "MG0671",
            "has team=paymnts",
            "paymnts",
        ),
        (timed("severity: high"), "MG0673", "when checkout/errors is not acknowledged:", "[hook]"),
        (timed("team: other, instance: a"), "MG0673", "nobody is told", "[hook]"),
        (timed("", "enabled: false, reason: none"), "MG0673", "nobody is told", "[hook]"),
        (f"{SOURCE}, notifications: {{h: {{url: 'http://u:p@h'}}}}", "MG0210", "user name", "'http://u"),
        (f"{SOURCE}, notifications: {{h: {{url: 'http://h/${{x}}'}}}}", "MG0204", "placeholder", "'http://h"),
    ],
)
def test_a_fault_is_told_at_its_place(section: str, code: str, text: str, at: str) -> None:
    every = found(section)
    only = next((one for one in every if one.code == code and text in one.message), None)
    if code == "MG0670" and text == "none":
        only = next(one for one in every if one.code == code)
    assert only is not None, every
    assert only.span is not None
    assert only.span.line == 14
    line = f"receiver: {{{section}}}"
    assert line[only.span.column - 1 :].startswith(at) or at == ""


@pytest.mark.parametrize(
    "section",
    [
        timed(""),
        timed("severity: [critical, high]"),
        timed("instance: a"),  # which its series may have
        timed("severity: high", severities="high"),
        timed("severity: high").replace("{hook:", "{all: {url: 'http://127.0.0.1:9/'}, hook:"),
    ],
)
def test_a_timeout_that_somebody_may_hear_of(section: str) -> None:
    assert [one for one in found(section) if one.code == "MG0673"] == []


def test_several_timeouts_that_nobody_hears_of_are_one_warning() -> None:
    alert = "      errors:\n"
    begun = example("").index(alert)
    more = example("")[begun:].replace("errors:", "slow:", 1)
    loaded = load_text(example("") + more + LOG + f"receiver: {{{timed('severity: high')}}}\n")
    every = [d for one in compile_all(loaded) for d in one.diagnostics]
    (only,) = (one for one in every if one.code == "MG0673")
    assert "errors (and 1 more) is not acknowledged" in only.message


def test_a_receiver_needs_the_log() -> None:
    (only,) = found(SOURCE, log="")
    assert only.code == "MG0660"
    assert only.span is not None
    assert (only.span.line, only.span.column) == (13, 1)


def test_a_log_that_cannot_be_read_is_not_missing() -> None:
    assert [one.code for one in found(SOURCE, log="audit: {log: a/b.db}\n")] == ["MG0202"]


def test_a_channel_cannot_have_its_name() -> None:
    text = example("").replace("mail", "monitorgen") + LOG + f"receiver: {{{SOURCE}}}\n"
    (only,) = (d for one in compile_all(load_text(text)) for d in one.diagnostics)
    assert (only.code, "`monitorgen` is what" in only.message) == ("MG0319", True)


@pytest.mark.parametrize(
    "section",
    [
        SOURCE,
        f"{SOURCE}, listen: 'localhost:1'",
        f"{SOURCE}, listen: '[::1]:1'",
        f"{SOURCE}, listen: '127.9.9.9:1'",
        f"{SOURCE}, listen: '0.0.0.0:1', behind_tls_proxy: true",
        f"{SOURCE}, listen: '0.0.0.0:1', {TLS}",
        "sources: {a: {token: {file: /t}, default: true}, b: {token: {env: T}}}",
        # What other specs send, this one does not know.
        "sources: {a: {token: {file: /t}, default: true}, b: {token: {env: T}}}, "
        "notifications: {h: {url: 'http://h', match: {alertname: theirs}}}",
        f"{SOURCE}, {JWT}, users: {{a: {{roles: [viewer, responder, admin]}}}}, roles: {{viewer: [read]}}",
        f"{SOURCE}, {HOOK}, acknowledgement: {{timeout: 5m, notify: [hook]}}",
        action(f"{UNIT}, target: '${{unit}}', verify: {{command: [/bin/x, '${{unit}}']}}"),
        f"{SOURCE}, notifications: {{h: {{url: {{env: HOOK}}, enabled: false, reason: later}}}}",
    ],
)
def test_nothing_to_complain_about(section: str) -> None:
    assert found(section) == []


def test_hints_name_what_was_meant() -> None:
    (only,) = found(f"{SOURCE}, {JWT}, users: {{ann: {{roles: [respnder]}}}}")
    assert "responder" in only.hint
    (only,) = found(action(UNIT, "match: {alertname: erors}"))
    assert "errors" in only.hint
