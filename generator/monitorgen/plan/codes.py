"""The codes of planning."""

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.vocabulary.fields import example

__all__ = [
    "BAD_ANNOTATION",
    "BAD_PLACEHOLDER",
    "BAD_VERSION",
    "CHANNELS_TWICE",
    "CODES",
    "DISABLED_WITHOUT_REASON",
    "ELSEWHERE",
    "LONG_INTERVAL",
    "NAME_TAKEN",
    "NOTHING",
    "NO_TARGETS",
    "NO_TEAM",
    "RESERVED_LABEL",
    "TEMPLATE_IN_LABEL",
    "TIMEOUT_TOO_LONG",
    "UNKNOWN_CHANNEL",
    "UNKNOWN_SEVERITY",
    "UNKNOWN_TEAM",
    "UNUSED_CHANNEL",
    "UNWATCHED_CHECK",
]

_ALERT = "      errors:\n"
_CHECK = "    checks:\n      home: {{type: http, url: https://acme.example/{}}}\n    alerts:\n"


def _checked(rest: str) -> str:
    return example("").replace("    alerts:\n", _CHECK.format(rest))


def _scraped(rest: str) -> str:
    return example("").replace("    alerts:\n", f"    scrape: {{api: {{{rest}}}}}\n    alerts:\n")


UNKNOWN_TEAM = Code(
    "MG0310",
    "a team that does not exist",
    "A service belongs to a team, and its alerts go where the team says. A team that is not there is told of "
    "nothing.",
    bad=example("").replace("team: payments", "team: payment"),
    good=example(""),
)
UNKNOWN_CHANNEL = Code(
    "MG0311",
    "a channel that does not exist",
    "Nobody reads a channel that is not defined: the alert would be sent nowhere.",
    bad=example("channels: [male]"),
    good=example("channels: [mail]"),
)
UNKNOWN_SEVERITY = Code(
    "MG0312",
    "a severity the spec does not know",
    "Routes match severities by name, so one that no route knows would fall through to whatever comes last. "
    "`severities:` lists those there are.",
    bad=example("").replace("severity: critical", "severity: fatal"),
    good=example(""),
)
NO_TEAM = Code(
    "MG0313",
    "a service without a team",
    "Alerts are sent to people, and the team says which. Give the service a team, itself or by a profile.",
    bad=example("").replace("    team: payments\n", ""),
    good=example(""),
)
DISABLED_WITHOUT_REASON = Code(
    "MG0314",
    "switched off without a reason",
    "What is switched off is forgotten. The reason is for whoever finds it in a year.",
    bad=example("enabled: false"),
    good=example("enabled: false\n        reason: the metric is being renamed")
    + "  ledger: {team: payments, scrape: {api: {static: ['127.0.0.1:9100']}}}\n",
)
RESERVED_LABEL = Code(
    "MG0315",
    "a label with a fixed meaning set by hand",
    "alertname, severity, team, service, environment, check and notify are what routing and grouping rest "
    "on, so the compiler alone sets them.",
    bad=example("labels: {team: other}"),
    good=example("labels: {squad: other}"),
)
BAD_PLACEHOLDER = Code(
    "MG0316",
    "a placeholder that nothing fills",
    "`${...}` is filled in when the spec is compiled; a name that is not known would reach people as it "
    "stands. (`{{ ... }}` is for Prometheus and is passed through.)",
    bad=example("runbook: https://runbooks.acme.example/${servise}"),
    good=example("runbook: https://runbooks.acme.example/${service}"),
)
NO_TARGETS = Code(
    "MG0317",
    "a scrape job that does not say where its targets are",
    "Without a discovery (static, file, ec2, kubernetes, ...) there is nothing to scrape.",
    bad=_scraped("interval: 15s"),
    good=_scraped("interval: 15s, static: ['127.0.0.1:9100']"),
)
TIMEOUT_TOO_LONG = Code(
    "MG0318",
    "a timeout longer than its interval",
    "Prometheus refuses a configuration in which a scrape may still run when the next is due.",
    bad=_scraped("static: ['127.0.0.1:9100'], interval: 15s, timeout: 30s"),
    good=_scraped("static: ['127.0.0.1:9100'], interval: 15s, timeout: 10s"),
)
NAME_TAKEN = Code(
    "MG0319",
    "two things would get the same name",
    "Scrape jobs, rule files and alerts are named after the spec's keys. Two that come out the same would "
    "overwrite each other.",
    bad=example("")
    .replace(
        "    alerts:\n",
        "    checks: {errors: {type: http, url: https://a.example, alert: {severity: high}}}\n    alerts:\n",
    )
    .replace(_ALERT, "      errors_check_failed:\n"),
    good=_checked(", alert: {severity: high}"),
)
TEMPLATE_IN_LABEL = Code(
    "MG0320",
    "a template in a label",
    "A label that changes with the value makes a new alert at each change: it never stays firing, is never "
    "grouped, and no route can be decided for it. Templates belong in annotations and the description.",
    bad=example("labels: {at: 'value {{ $value }}'}"),
    good=example("annotations: {at: 'value {{ $value }}'}"),
)
BAD_VERSION = Code(
    "MG0321",
    "a server version that cannot be built for",
    "`compatible_with` gives the oldest and the newest version of a server. Everything emitted is checked "
    "against both ends, so they must be known, in order, and not older than what monitorgen supports.",
    bad=example("") + "compatible_with: {prometheus: ['3.5', '2.42']}\n",
    good=example("") + "compatible_with: {prometheus: ['2.42', '3.5']}\n",
)
CHANNELS_TWICE = Code(
    "MG0322",
    "both `channels` and `add_channels`",
    "`channels` replaces the team's policy and `add_channels` adds to it; both at once make no sense.",
    bad=example("channels: [mail]\n        add_channels: [mail]"),
    good=example("add_channels: [mail]"),
)
UNUSED_CHANNEL = Code(
    "MG0323",
    "a channel nobody uses",
    "A channel is emitted as part of the policies that name it. One that no team, alert or default names is "
    "a line that does nothing.",
    severity=Severity.WARNING,
    bad=example("").replace(
        "channels: {mail:", "channels: {pager: {type: webhook, url: 'http://127.0.0.1:8/'}, mail:"
    ),
    good=example(""),
)
UNWATCHED_CHECK = Code(
    "MG0324",
    "a check that tells nobody",
    "A check collects its result again and again, but unless it has `alert:` or some alert of the service "
    "looks at its metrics, nobody learns that it failed.",
    severity=Severity.WARNING,
    bad=_checked(""),
    good=_checked(", alert: {severity: high}"),
)

BAD_ANNOTATION = Code(
    "MG0326",
    "an annotation that is no template of Prometheus",
    "`{{ ... }}` is run by Prometheus. One that it cannot read has it refuse all rules and keep the old "
    "configuration; one that fails when the alert fires reaches people as an error.",
    bad=example("annotations: {at: '{{ $value | humanise }}'}"),
    good=example("annotations: {at: '{{ $value | humanize }}'}"),
)
LONG_INTERVAL = Code(
    "MG0325",
    "an interval so long that series are gone in between",
    "Prometheus looks back five minutes for a series' newest sample. With more than half of that between two "
    "samples, one late or failed scrape leaves a hole: alerts that wait out their `for` start again, and "
    "graphs break off. An exporter that is slow to ask keeps its last answer; it may well be scraped often. "
    "What rules make, recorded series and `ALERTS`, is gone five minutes after each evaluation.",
    severity=Severity.WARNING,
    bad=_scraped("static: ['127.0.0.1:9100'], interval: 5m"),
    good=_scraped("static: ['127.0.0.1:9100'], interval: 1m"),
)

_LEDGER = (
    example("").replace(
        "metric: error_rate, operator: above, value: 0.05",
        "metric: ledger:entries:rate5m, operator: above, value: 5SCOPE",
    )
    + """\
  ledger:
    team: payments
    recordings: {ledger:entries:rate5m: {expr: 'sum(rate(entries_total{service="ledger"}[5m]))'}}
"""
)

NOTHING = Code(
    "MG0331",
    "a spec without a service",
    "There is nothing to monitor: no service is there, or all are switched off. A build of it would look "
    "like success and watch over nothing.",
    bad=example("").replace(
        "    team: payments\n    alerts",
        "    team: payments\n    enabled: false\n    reason: moved\n    alerts",
    ),
    good=example(""),
)

ELSEWHERE = Code(
    "MG0332",
    "a condition on a series that another service records",
    "A condition looks only at its own service's series, and a recorded series belongs to the service that "
    "records it. So this one selects nothing, and an alert on nothing never fires.",
    severity=Severity.WARNING,
    bad=_LEDGER.replace("SCOPE", ""),
    good=_LEDGER.replace("SCOPE", ", scope: global"),
)

CODES = (
    ELSEWHERE,
    NOTHING,
    UNKNOWN_TEAM,
    UNKNOWN_CHANNEL,
    UNKNOWN_SEVERITY,
    NO_TEAM,
    DISABLED_WITHOUT_REASON,
    RESERVED_LABEL,
    BAD_PLACEHOLDER,
    NO_TARGETS,
    TIMEOUT_TOO_LONG,
    NAME_TAKEN,
    TEMPLATE_IN_LABEL,
    BAD_ANNOTATION,
    BAD_VERSION,
    CHANNELS_TWICE,
    UNUSED_CHANNEL,
    UNWATCHED_CHECK,
    LONG_INTERVAL,
)
