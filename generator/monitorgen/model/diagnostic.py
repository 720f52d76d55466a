"""What is wrong with a spec, as a value: codes, severities, places, and the way to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from monitorgen.model.span import Span

__all__ = ["Code", "Diagnostic", "Related", "Severity", "has_errors", "in_order"]


class Severity(StrEnum):
    """How bad it is: an error stops the build; `--strict` makes a warning stop it too."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a diagnostic: the earlier definition, the alias, the route."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. Values are collected and shown together; they are never raised.

    `span` is None only for findings about no line of any file (an empty directory, say). `owner` is the
    team of the file the span is in, filled in when the finding is reported.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    owner: str = ""
    secret: bool = False
    """Whether what stands at `span` must not be shown: reports end up in logs that others read."""


@dataclass(frozen=True, slots=True)
class Code:
    """The identity and the explanation of one kind of finding; stands beside the check that makes it.

    `bad` and `good` are whole specs (one file's text): the test suite builds both, and the first must
    give this code and the second nothing. Codes whose example cannot be a spec (a tampered build tree,
    a missing program) leave both empty and have a test of their own.
    """

    id: str
    title: str
    why: str
    bad: str = ""
    good: str = ""
    severity: Severity = Severity.ERROR
    secret: bool = False
    """Whether it points at something that must not be shown again."""

    def at(
        self,
        span: Span | None,
        message: str,
        *,
        hint: str = "",
        related: Iterable[Related] = (),
    ) -> Diagnostic:
        """A diagnostic of this code at `span`."""
        return Diagnostic(self.id, self.severity, message, span, hint, tuple(related), secret=self.secret)


def has_errors(diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> bool:
    """True when any of them stops a build (`strict`: warnings too)."""
    stops = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(d.severity in stops for d in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic], owners: dict[str, str] | None = None) -> list[Diagnostic]:
    """Sorted by file and position, without repeats, each with the owner of its file."""
    unique: dict[tuple[str, Span | None, str], Diagnostic] = {}
    for d in diagnostics:
        if owners and d.span is not None and not d.owner:
            d = replace(d, owner=owners.get(d.span.file, ""))
        unique.setdefault((d.code, d.span, d.message), d)
    return sorted(unique.values(), key=_place)


def _place(d: Diagnostic) -> tuple[bool, str, int, int, str]:
    if d.span is None:
        return (False, "", 0, 0, d.code)
    return (True, d.span.file, d.span.line, d.span.column, d.code)
