"""How often things are scraped and probed, and how long each may take."""

from monitorgen.model.duration import format_duration
from monitorgen.model.rules import Path
from monitorgen.plan.codes import LONG_INTERVAL, TIMEOUT_TOO_LONG
from monitorgen.plan.findings import Findings
from monitorgen.vocabulary.checks.scalars import TIMEOUT_OFFSET

__all__ = ["evaluation_of", "interval_of", "probe_timeout_of", "timeout_of"]

# Prometheus takes a series for gone once its newest sample is five minutes old (--query.lookback-delta).
_LOOKBACK = 300.0


def evaluation_of(
    given: float | None, default: float, path: Path, findings: Findings, *, leaves_series: bool
) -> float:
    """The seconds between two evaluations of a service's rules; too many are reported.

    `leaves_series` says whether the rules make series that somebody looks at in between: recorded ones, or
    `ALERTS` and `ALERTS_FOR_STATE`, from which the clock of a `for` is set again after a restart.
    """
    interval = default if given is None else given
    if interval > _LOOKBACK and leaves_series:
        findings.add(
            LONG_INTERVAL,
            ("defaults", "evaluation_interval") if given is None else (*path, "evaluation_interval"),
            f"what rules make is gone {format_duration(_LOOKBACK)} after each evaluation, and the next comes "
            f"after {format_duration(interval)}",
            hint=f"at most {format_duration(_LOOKBACK)}",
        )
    return interval


def interval_of(
    given: float | None, default: float, path: Path, findings: Findings, attempts: int = 1
) -> float:
    """The seconds between two attempts, `attempts` of them in an interval; one too long is reported."""
    interval = (default if given is None else given) / attempts
    if interval > _LOOKBACK / 2:
        findings.add(
            LONG_INTERVAL,
            ("defaults", "scrape_interval") if given is None else (*path, "interval"),
            f"with {format_duration(interval)} between two samples, one that is late leaves a hole",
            hint=f"at most {format_duration(_LOOKBACK / 2)}; what is slow to find out, an exporter can keep",
        )
    return interval


def timeout_of(given: float | None, default: float, interval: float, path: Path, findings: Findings) -> float:
    """The seconds one attempt may take, never more than its interval; a longer one is reported."""
    if given is None:
        return min(default, interval)
    if given > interval:
        findings.add(
            TIMEOUT_TOO_LONG,
            (*path, "timeout"),
            f"a timeout of {format_duration(given)} is longer than the interval, {format_duration(interval)}",
            hint=f"at most {format_duration(interval)}",
        )
        return interval
    return given


def probe_timeout_of(
    given: float | None, default: float, interval: float, path: Path, findings: Findings
) -> float:
    """The same for a probe, of which blackbox_exporter keeps a part for itself: nothing left is reported."""
    timeout = timeout_of(given, default, interval, path, findings)
    if given is None and timeout <= TIMEOUT_OFFSET:
        findings.add(
            TIMEOUT_TOO_LONG,
            path,
            f"with {format_duration(interval)} from one probe to the next there is no time for any",
            hint=f"blackbox_exporter keeps {format_duration(TIMEOUT_OFFSET)} for itself: probe less often",
            on_key=True,
        )
    return timeout
