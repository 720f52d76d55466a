"""Every `extra:` of a spec: where it stands, what its server knows there, and what it does to the whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.model.rules import Path
from monitorgen.model.stack import Stack
from monitorgen.plan.values import Plan
from monitorgen.proofs import extra_effects, extra_shapes
from monitorgen.proofs.extra_shapes import Misfit, Server, misfits
from monitorgen.spec.validate import Spec

__all__ = ["CODES", "unsound_extras"]

CODES = (*extra_shapes.CODES, *extra_effects.CODES)


@dataclass(frozen=True, slots=True)
class _Extra:
    path: Path
    value: Mapping[str, Any]
    table: str
    """What it is laid over: the name of a table of keys, or of an integration of Alertmanager."""


def unsound_extras(plan: Plan, stack: Stack, spec: Spec) -> Iterator[Diagnostic]:
    """A diagnostic for everything in an `extra:` that a server would refuse, or that undoes a field.

    Also for what is called the same in the servers' configuration, with an `extra:` or without.
    """
    found: list[Misfit] = []
    extras = [extra for extra in _extras(plan) if extra.value]
    if extras:
        found += _shapes(extras, plan)
    found += extra_effects.effects(plan, stack)
    wrong = {misfit.path for misfit in found if misfit.code is extra_shapes.WRONG_KIND}
    for misfit in found:
        # What is said of the parts of a value that cannot be read at all, nobody can use.
        if misfit.code in extra_effects.CODES and misfit.path in wrong:
            continue
        span = spec.span(misfit.path, "key" if misfit.on_key else "value")
        yield misfit.code.at(span, misfit.message, hint=misfit.hint)


def _extras(plan: Plan) -> Iterator[_Extra]:
    for service in plan.services:
        for job in service.jobs:
            yield _Extra((*job.path, "extra"), job.scrape.extra, "scrape")
        for alert in service.alerts:
            if alert.panel_extra:
                yield _Extra((*alert.path, "panel", "extra"), alert.panel_extra, "panel")
    for channel in plan.channels.values():
        yield _Extra((*channel.path, "extra"), channel.channel.extra, f"{channel.channel.type}_configs")
    for team in plan.teams.values():
        yield _Extra((*team.path, "extra"), team.team.extra, "route")
    yield _Extra(("routing", "extra"), plan.routing.extra, "route")
    yield _Extra(("routing", "alertmanager_extra"), plan.routing.alertmanager_extra, "alertmanager")
    prometheus = plan.servers.prometheus
    path = ("servers", "prometheus")
    yield _Extra((*path, "extra"), prometheus.extra, "prometheus")
    for index, target in enumerate(prometheus.remote_write):
        yield _Extra((*path, "remote_write", str(index), "extra"), target.extra, "remote_write")


def _shapes(extras: list[_Extra], plan: Plan) -> Iterator[Misfit]:
    # Most specs have no `extra:`; their runs do without the tables.
    from monitorgen.model.keys import alertmanager, grafana, prometheus

    versions = plan.compatible_with
    asked = Server("prometheus", versions.prometheus)
    notifying = Server("alertmanager", versions.alertmanager)
    tables = {
        "scrape": (asked, prometheus.SCRAPE),
        "remote_write": (asked, prometheus.REMOTE_WRITE),
        "prometheus": (asked, prometheus.PROMETHEUS),
        "route": (notifying, alertmanager.ROUTE),
        "alertmanager": (notifying, alertmanager.ALERTMANAGER),
        "panel": (Server("grafana", versions.grafana), grafana.PANEL),
        **{kind: (notifying, table) for kind, table in alertmanager.RECEIVERS.items()},
    }
    seen: set[int] = set()
    for extra in extras:
        # Profiles put one `extra:` into many services.
        if extra.table in tables and id(extra.value) not in seen:
            seen.add(id(extra.value))
            server, table = tables[extra.table]
            yield from misfits(extra.value, table, extra.path, server)
