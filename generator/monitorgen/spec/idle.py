"""Lines of a spec that do nothing: nobody reads them, so whoever wrote them thinks something else is so."""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Code, Diagnostic, Related, Severity
from monitorgen.model.rules import Path
from monitorgen.source.faults import shown
from monitorgen.source.node import Mapping, Node, Scalar, Sequence, get
from monitorgen.spec.plain import RAW_KEYS
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.channels import CHANNELS
from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "IDLE", "idle_lines"]

IDLE = Code(
    "MG0333",
    "a line that does nothing",
    "What is built is the same without it. Whoever wrote it thinks that it changes something, and whoever "
    "reads it later will think so too.",
    severity=Severity.WARNING,
    bad=example("reason: the metric is being renamed"),
    good=example("enabled: false\n        reason: the metric is being renamed")
    + "  ledger: {team: payments, scrape: {api: {static: ['127.0.0.1:9100']}}}\n",
)
REPEATED = Code(
    "MG0335",
    "the same thing twice in a list",
    "It counts once. The second is there by accident, and most of the time something else was meant.",
    severity=Severity.WARNING,
    bad=example("tags: [web, shop, web]"),
    good=example("tags: [web, shop]"),
)
CODES = (IDLE, REPEATED)

_PARTS = ("scrape", "checks", "recordings", "alerts")
_FALSE = frozenset({"false", "no", "off"})
_NOT_SETS = RAW_KEYS | {
    *("profiles", "environments"),  # read as part of what takes them
    *("relabel", "metric_relabel", "write_relabel"),
    *("compatible_with", "examples", "params", "command"),  # the second of two counts
    *("group_by", "regions"),  # refused by their own types
}
"""Keys below which a list may hold a thing twice, or is read elsewhere."""


def idle_lines(root: Mapping, environment: str, elsewhere: frozenset[str]) -> Iterator[Diagnostic]:
    """A warning for each line of the prepared tree that does nothing, whatever the other lines say.

    `elsewhere` are the words of the other environments, which may have a use for what has none in this.
    """
    yield from _renamed_environments(root)
    yield from _defaults_of_nothing(root, elsewhere)
    yield from _reasons_for_nothing(root, environment)
    yield from _additions_of_nothing(root)
    yield from _repeated(root)


def _repeated(root: Mapping) -> Iterator[Diagnostic]:
    """A warning for each text that stands in its list before."""
    for items in _lists(root):
        first: dict[str, Scalar] = {}
        for item in items.items:
            if isinstance(item, Scalar) and first.setdefault(item.text, item) is not item:
                message = f"`{shown(item.text)}` is in this list already"
                related = [Related("the first one is here", first[item.text].span)]
                yield REPEATED.at(item.span, message, hint="remove one of them", related=related)


def _lists(root: Mapping) -> Iterator[Sequence]:
    """Every list of several things below `root`, each once, however many aliases there are of it."""
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            for name, entry in node.entries.items():
                if type(entry.value) is not Scalar and name not in _NOT_SETS:
                    waiting.append(entry.value)
        elif isinstance(node, Sequence):
            waiting += [item for item in node.items if type(item) is not Scalar]
            if len(node.items) > 1:
                yield node


def _additions_of_nothing(root: Mapping) -> Iterator[Diagnostic]:
    for path, item in _switchable(root):
        for alert in (item, get(item, "alert")):
            entry = alert.entries.get("add_channels") if isinstance(alert, Mapping) else None
            if entry is not None and isinstance(entry.value, Sequence) and not entry.value.items:
                message = f"`add_channels` of `{path[-1]}` adds none"
                yield IDLE.at(entry.key.span, message, hint="name a channel, or remove the line")


def _renamed_environments(root: Mapping) -> Iterator[Diagnostic]:
    for name, overlay in _entries(get(root, "environments")):
        if isinstance(overlay, Mapping) and (entry := overlay.entries.get("environment")) is not None:
            message = f"`environment` has no effect within `{name}`"
            hint = f"it is called `{name}` there, by its key"
            yield IDLE.at(entry.key.span, message, hint=hint)


def _defaults_of_nothing(root: Mapping, elsewhere: frozenset[str]) -> Iterator[Diagnostic]:
    channels = [node for _, node in _entries(get(root, "channels"))]
    checks = [
        node
        for section in ("services", "profiles")
        for _, service in _entries(get(root, section))
        for _, node in _entries(get(service, "checks"))
    ]
    kinds: tuple[tuple[str, tuple[type[Kind], ...], list[Node]], ...] = (
        ("channel", CHANNELS, channels),
        ("check", CHECKS, checks),
    )
    for word, known, nodes in kinds:
        section = get(root, "defaults", f"{word}s")
        if not isinstance(section, Mapping) or not section.entries:
            continue
        there = {kind.text for node in nodes if isinstance(kind := get(node, "type"), Scalar)} | elsewhere
        for name in {kind.kind() for kind in known} & section.entries.keys() - there:
            message = f"there is no {word} of type `{name}`"
            yield IDLE.at(section.entries[name].key.span, message, hint=f"remove it, or add such a {word}")


def _reasons_for_nothing(root: Mapping, environment: str) -> Iterator[Diagnostic]:
    """A profile gives one reason to many: it is of use if any of them is switched off."""
    used: set[int] = set()
    idle: dict[int, tuple[Scalar, str]] = {}
    for path, item in _switchable(root):
        entry = item.entries.get("reason")
        if entry is None or not isinstance(entry.value, Scalar):
            continue
        enabled = get(item, "enabled")
        if isinstance(enabled, Scalar) and enabled.text.strip().lower() in _FALSE:
            used.add(id(entry.value))
        elif _says_so(item, entry.value, path, root, environment):
            idle.setdefault(id(entry.value), (entry.key, path[-1]))
    for node, (key, name) in idle.items():
        if node not in used:
            message = f"`reason` is for what is switched off, and `{name}` is not"
            yield IDLE.at(key.span, message, hint="remove it, or say `enabled: false` beside it")


def _says_so(item: Mapping, reason: Scalar, path: Path, root: Mapping, environment: str) -> bool:
    """Whether the reason stands with the item itself, and no environment switches the item on or off."""
    overlays = [name for name, _ in _entries(get(root, "environments"))]
    if get(root, "environments", environment, *path, "reason") is reason:
        return True
    if any(get(root, "environments", name, *path, "enabled") is not None for name in overlays):
        return False
    return item.source is reason.source and item.start <= reason.start < item.end


def _switchable(root: Mapping) -> Iterator[tuple[Path, Mapping]]:
    for name, channel in _entries(get(root, "channels")):
        if isinstance(channel, Mapping):
            yield ("channels", name), channel
    for name, service in _entries(get(root, "services")):
        if not isinstance(service, Mapping):
            continue
        here = ("services", name)
        yield here, service
        if isinstance(dashboard := get(service, "dashboard"), Mapping):
            yield (*here, "dashboard"), dashboard
        for part in _PARTS:
            for key, item in _entries(get(service, part)):
                if isinstance(item, Mapping):
                    yield (*here, part, key), item


def _entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            yield name, entry.value
