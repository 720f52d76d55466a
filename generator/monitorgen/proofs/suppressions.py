"""`suppress:`: warnings that are known and accepted, each with a reason and perhaps a last day."""

import re

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.source.node import Entry, Mapping, Node
from monitorgen.spec.sections import Suppression
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "suppressed"]

_UNUSED = example("").replace(
    "channels: {mail:", "channels: {pager: {type: webhook, url: 'http://127.0.0.1:8/'}, mail:"
)
_SUPPRESS = "suppress: [{code: MG0323, at: channels.pager, reason: used from next week on}]\n"

USELESS = Code(
    "MG0330",
    "a suppression that suppresses nothing",
    "The warning it was written for is gone, or it never named one: an error cannot be suppressed, a date "
    "that has passed no longer counts. What stays behind would hide the next warning of the kind.",
    bad=example("") + _SUPPRESS,
    good=_UNUSED + _SUPPRESS,
)
CODES = (USELESS,)


def suppressed(found: list[Diagnostic], spec: Spec, as_of: str) -> list[Diagnostic]:
    """`found` without the warnings the spec accepts, and a diagnostic for each suppression without effect."""
    kept = list(found)
    for index, wanted in enumerate(spec.root.suppress):
        path = ("suppress", str(index))
        field, problem = _problem(wanted, spec, as_of)
        if not problem:
            region = _region(spec, wanted.at)
            rest = [d for d in kept if not _covers(wanted, region, d)]
            if len(rest) == len(kept):
                field, problem = "code", f"there is no warning {wanted.code} at `{wanted.at}`"
            kept = rest
        if problem:
            kept.append(USELESS.at(spec.span((*path, field)), problem, hint="remove it, or correct it"))
    return kept


def _problem(wanted: Suppression, spec: Spec, as_of: str) -> tuple[str, str]:
    """The field of the suppression that is not right and what is wrong with it, empty when nothing is."""
    if not wanted.reason.strip():
        return "reason", "a suppression needs a reason"
    if wanted.until is not None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted.until):
            return "until", f"`{wanted.until}` is not a date (YYYY-MM-DD)"
        if as_of and as_of > wanted.until:
            return "until", f"the suppression of {wanted.code} ended on {wanted.until}"
    if _region(spec, wanted.at) is None:
        return "at", f"there is nothing at `{wanted.at}`"
    return "", ""


def _region(spec: Spec, at: str) -> Span | None:
    """All lines of what stands at the dotted path `at`, its key included."""
    entry = _entry(spec.tree, at)
    if entry is None or entry.key.source is not entry.value.source:
        return None
    return entry.value.source.span(entry.key.start, entry.value.end)


def _entry(node: Node, at: str) -> Entry | None:
    """What stands at `at` below `node`. Names may hold dots themselves, so each is tried as a whole."""
    if not isinstance(node, Mapping):
        return None
    if (whole := node.entries.get(at)) is not None:
        return whole
    for name, entry in node.entries.items():
        if at.startswith(f"{name}.") and (found := _entry(entry.value, at[len(name) + 1 :])) is not None:
            return found
    return None


def _covers(wanted: Suppression, region: Span | None, found: Diagnostic) -> bool:
    if found.code != wanted.code or found.severity is Severity.ERROR or found.span is None or region is None:
        return False
    at = found.span
    return (
        at.file == region.file
        and (region.line, region.column) <= (at.line, at.column)
        and (at.end_line, at.end_column) <= (region.end_line, region.end_column)
    )
