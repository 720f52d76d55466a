"""`monitorgen check`: is the spec right?"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen.cli import options
from monitorgen.cli.leaving import keep

if TYPE_CHECKING:
    from monitorgen.cli.pipeline import Compiled

__all__ = ["command"]


@click.command("check")
@options.spec_paths
@options.environment
@options.strict
@options.diagnostic_format
@options.as_of
def command(
    spec: tuple[Path, ...], environment: str, strict: bool, format_: str, as_of: datetime | None
) -> None:
    """Say what is wrong with a spec, with the line and the way to mend it.

    Reads SPEC (files or folders), and checks everything that can be known without a server: every
    environment, unless one is named. Writes nothing.

    \b
    Examples:
      monitorgen check                             the spec in spec/ or monitorgen.yaml
      monitorgen check spec/services/checkout.yaml spec/teams.yaml
      monitorgen check --format github             marks the lines of a pull request
      monitorgen check --as-of 2030-01-31          which accepted warnings will have ended by then?
    """
    from monitorgen.cli.pipeline import compile_all, compile_spec, read
    from monitorgen.cli.reporting import report

    loaded = read(spec)
    day = as_of.date().isoformat() if as_of else ""
    compiled = [compile_spec(loaded, environment, day)] if environment else compile_all(loaded, day)
    keep(loaded, compiled)
    report(compiled, format_)
    if any(one.failed(strict=strict) for one in compiled):
        sys.exit(1)
    if format_ == "text" and not any(one.diagnostics for one in compiled):
        click.echo(_all_well(compiled), err=True)


def _all_well(compiled: "list[Compiled]") -> str:
    plans = [one.plan for one in compiled if one.plan is not None]
    services = max((len(plan.services) for plan in plans), default=0)
    alerts = max((sum(len(service.alerts) for service in plan.services) for plan in plans), default=0)
    where = f" in {len(plans)} environments" if len(plans) > 1 else ""
    counted = f"{_count(alerts, 'alert')} of {_count(services, 'service')}{where}"
    return f"{counted}: nothing to complain about"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
