"""In which order the named things of a service come: never that of the files they stand in."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from monitorgen.promql.analysis import PromqlError, parse
from monitorgen.spec.service import Recording

__all__ = ["by_name", "by_use"]

_Item = TypeVar("_Item")


def by_name(items: Mapping[str, _Item]) -> list[tuple[str, _Item]]:
    """The items with their names, in the order of these."""
    return sorted(items.items(), key=lambda item: item[0])


def by_use(recordings: Mapping[str, Recording]) -> list[tuple[str, Recording]]:
    """The recordings, each behind those whose series it reads, else by name.

    Prometheus evaluates the rules of a group one after the other, so that a recording sees what those before
    it have just made. Where some read each other in a circle, all come by name.
    """
    if len(recordings) < 2:
        return list(recordings.items())
    waiting = TopologicalSorter(
        {name: _read(recording.expr) & recordings.keys() - {name} for name, recording in recordings.items()}
    )
    try:
        waiting.prepare()
    except CycleError:
        return by_name(recordings)
    found = []
    while waiting.is_active():
        ready = sorted(waiting.get_ready())
        found += [(name, recordings[name]) for name in ready]
        waiting.done(*ready)
    return found


def _read(expr: str) -> frozenset[str]:
    """The metrics that an expression selects; none when it is none, which is said elsewhere."""
    parsed = parse(expr)
    if isinstance(parsed, PromqlError):
        return frozenset()
    return frozenset(selected.metric for selected in parsed.selectors)
