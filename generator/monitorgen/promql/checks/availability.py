"""Functions and ways of writing that a Prometheus of the version range does not have, or only by a flag."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.model.versions import FUNCTIONS, SYNTAX, Since, Version
from monitorgen.promql import places
from monitorgen.promql.analysis import Parsed
from monitorgen.promql.checks.base import Context, Locate, example
from monitorgen.promql.features import features

__all__ = ["CODES", "availability"]

NOT_IN_VERSIONS: Final = Code(
    "MG0403",
    "a function that not every version has",
    "The output has to work on the oldest and the newest Prometheus that `compatible_with` names. Functions "
    "come and go between versions, and a server that lacks one refuses the rule file it stands in.",
    bad=example(
        "histogram_avg(rate(http_request_duration_seconds[5m])) > 1",
        'compatible_with: {prometheus: ["2.42", "3.5"]}',
    ),
    good=example(
        "histogram_avg(rate(http_request_duration_seconds[5m])) > 1",
        'compatible_with: {prometheus: ["2.51", "3.5"]}',
    ),
)
EXPERIMENTAL: Final = Code(
    "MG0404",
    "a function behind a feature flag",
    "Prometheus refuses what is experimental, and the rule file it stands in, unless it was started with the "
    "flag that enables it; what it does may change in any release.",
    bad=example("mad_over_time(queue_length[1h]) > 5", 'compatible_with: {prometheus: ["2.53", "3.5"]}'),
    good=example("stddev_over_time(queue_length[1h]) > 5", 'compatible_with: {prometheus: ["2.53", "3.5"]}'),
    severity=Severity.WARNING,
)
SYNTAX_NOT_IN_VERSIONS: Final = Code(
    "MG0405",
    "a way of writing that not every version reads",
    "PromQL has learned shorter ways to write numbers, durations and names. A server older than that refuses "
    "the rule file, so the oldest version in `compatible_with` decides.",
    bad=example("time() - backup_finished_seconds > 1d", 'compatible_with: {prometheus: ["2.42", "3.5"]}'),
    good=example(
        "time() - backup_finished_seconds > 86400", 'compatible_with: {prometheus: ["2.42", "3.5"]}'
    ),
)
CODES: Final = (NOT_IN_VERSIONS, EXPERIMENTAL, SYNTAX_NOT_IN_VERSIONS)


def availability(parsed: Parsed, locate: Locate, context: Context) -> Iterator[Diagnostic]:
    """Every use of what an end of the version range lacks, or has behind a flag only."""
    for name in sorted(parsed.functions):
        since = FUNCTIONS.get(name)
        if since is not None and _matters(since, context):
            for place in places.functions(parsed.text, name):
                yield _finding(NOT_IN_VERSIONS, f"`{name}`", since, locate(*place), context)
    if any(_matters(since, context) for since in SYNTAX.values()):
        for name, start, end in features(parsed.text):
            if _matters(SYNTAX[name], context):
                yield _finding(SYNTAX_NOT_IN_VERSIONS, name, SYNTAX[name], locate(start, end), context)


def _matters(since: Since, context: Context) -> bool:
    return bool(since.lacking(context.prometheus) or since.flagged(context.prometheus))


def _finding(missing: Code, what: str, since: Since, span: Span, context: Context) -> Diagnostic:
    if lacking := since.lacking(context.prometheus):
        hint = (
            f"write {since.instead}" if since.instead else "say in `compatible_with` which versions you run"
        )
        return missing.at(
            span, f"{what} is unknown to Prometheus {_listed(lacking)}{_history(since)}", hint=hint
        )
    versions = _listed(since.flagged(context.prometheus))
    return EXPERIMENTAL.at(
        span,
        f"{what} is experimental in Prometheus {versions}",
        hint=f"every server needs `--enable-feature={since.flag}`",
    )


def _listed(versions: tuple[Version, ...]) -> str:
    return " and ".join(str(v) for v in versions)


def _history(since: Since) -> str:
    if since.until is not None:
        return f" (gone since {since.until})"
    return f" (new in {since.since})" if since.since is not None else ""
