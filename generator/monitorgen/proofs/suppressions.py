"""`suppress:`: warnings that are known and accepted, each with a reason and perhaps a last day."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.source.node import Entry, Mapping, Node
from monitorgen.spec.sections import Suppression
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "Accepted", "suppressed", "useless"]

_UNUSED = example("").replace(
    "channels: {mail:", "channels: {pager: {type: webhook, url: 'http://127.0.0.1:8/'}, mail:"
)
_SUPPRESS = "suppress: [{code: MG0323, at: channels.pager, reason: used from next week on}]\n"

USELESS = Code(
    "MG0330",
    "a suppression that suppresses nothing",
    "The warning it was written for is gone, or it never named one: an error cannot be suppressed, a date "
    "that has passed no longer counts. What stays behind would hide the next warning of the kind. One that "
    "is of use in any environment is right, so this is told only when all of them were looked at.",
    bad=example("") + _SUPPRESS,
    good=_UNUSED + _SUPPRESS,
)
CODES = (USELESS,)


_HINT = "remove it, or correct it"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the suppressions of one environment did, each known by its place in the spec.

    `idle` are those that accepted nothing here, with what is to be said if they do so nowhere.
    """

    used: frozenset[Span]
    idle: dict[Span, Diagnostic]


def suppressed(
    found: list[Diagnostic], spec: Spec, as_of: str, codes: Callable[[], Iterable[Code]]
) -> tuple[list[Diagnostic], Accepted]:
    """`found` without the warnings the spec accepts, and what its suppressions did.

    A suppression that can have no effect in any environment gives a diagnostic at once. `codes` are all
    there are.
    """
    kept, used, idle = list(found), set[Span](), dict[Span, Diagnostic]()
    known = {code.id: code for code in codes()} if spec.root.suppress else {}
    for index, wanted in enumerate(spec.root.suppress):
        path = ("suppress", str(index))
        if (wrong := _wrong(wanted, known, as_of)) is not None:
            field, problem, hint = wrong
            kept.append(USELESS.at(spec.span((*path, field)), problem, hint=hint or _HINT))
            continue
        region = _region(spec, wanted.at)
        rest = [d for d in kept if not _covers(wanted, region, d)]
        if len(rest) < len(kept):
            used.add(spec.span(path))
        elif region is None:
            message = f"there is nothing at `{wanted.at}`"
            idle[spec.span(path)] = USELESS.at(spec.span((*path, "at")), message, hint=_HINT)
        else:
            message = f"there is no warning {wanted.code} at `{wanted.at}`"
            idle[spec.span(path)] = USELESS.at(spec.span((*path, "code")), message, hint=_HINT)
        kept = rest
    return kept, Accepted(frozenset(used), idle)


def useless(environments: Sequence[Accepted]) -> list[Diagnostic]:
    """A diagnostic for each suppression that accepted nothing in any of `environments`."""
    used = {place for one in environments for place in one.used}
    said: dict[Span, Diagnostic] = {}
    for one in environments:
        for place, diagnostic in one.idle.items():
            if place not in used:
                said.setdefault(place, diagnostic)
    return list(said.values())


def _wrong(wanted: Suppression, known: dict[str, Code], as_of: str) -> tuple[str, str, str] | None:
    """The field that cannot be right in any environment, what is wrong with it and perhaps how to mend it."""
    if not wanted.reason.strip():
        return "reason", "a suppression needs a reason", ""
    if wanted.code not in known:
        warnings = [code.id for code in known.values() if code.severity is not Severity.ERROR]
        return "code", f"there is no warning `{wanted.code}`", did_you_mean(wanted.code.upper(), warnings)
    if known[wanted.code].severity is Severity.ERROR:
        return "code", f"{wanted.code} is an error, and only warnings can be accepted", ""
    if wanted.until is not None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted.until):
            return "until", f"`{wanted.until}` is not a date (YYYY-MM-DD)", ""
        if not _is_day(wanted.until):
            return "until", f"there is no day `{wanted.until}` in the calendar", ""
        if as_of and as_of > wanted.until:
            return "until", f"the suppression of {wanted.code} ended on {wanted.until}", ""
    return None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


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
