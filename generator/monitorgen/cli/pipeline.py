"""The straight line from spec files to a lowered stack, with every diagnostic found on the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from monitorgen.lower import lower
from monitorgen.model.diagnostic import Code, Diagnostic, has_errors, in_order
from monitorgen.model.span import Span
from monitorgen.model.stack import Stack
from monitorgen.plan import Plan, resolve
from monitorgen.proofs.collisions import colliding_series
from monitorgen.proofs.delivery import undelivered
from monitorgen.proofs.expressions import faulty_expressions
from monitorgen.proofs.extras import unsound_extras
from monitorgen.proofs.grouping import idle_groupings
from monitorgen.proofs.lost_scope import lost_scope
from monitorgen.proofs.ownership import ownership
from monitorgen.proofs.suppressions import Accepted, suppressed, useless
from monitorgen.source.node import Scalar, Source, get
from monitorgen.source.tree import Loaded, load
from monitorgen.spec import prepare as preparing
from monitorgen.spec.environments import environments
from monitorgen.spec.prepare import prepare
from monitorgen.spec.validate import MISSING_KEY, Spec, validate

__all__ = ["Compiled", "compile_all", "compile_spec", "read"]

_STILL_WHOLE = frozenset({"MG0113", "MG0120", "MG0121", "MG0123", "MG0131", "MG0140"}) | {
    code.id for code in preparing.CODES
}
"""Faults of reading and preparing after which nothing of the spec is missing: most say it twice."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """How far a compilation came: what it could not make is None, and `diagnostics` say why."""

    loaded: Loaded
    environment: str
    diagnostics: tuple[Diagnostic, ...]
    spec: Spec | None = None
    plan: Plan | None = None
    stack: Stack | None = None
    accepted: Accepted | None = None

    @property
    def sources(self) -> dict[str, Source]:
        """The text of every spec file, for showing lines."""
        return self.loaded.sources

    def failed(self, *, strict: bool = False) -> bool:
        """Whether anything stands in the way of building."""
        return self.stack is None or has_errors(self.diagnostics, strict=strict)


def read(paths: Sequence[Path]) -> Loaded:
    """The spec files under `paths`, as one tree."""
    return load(paths)


def compile_spec(loaded: Loaded, environment: str = "", as_of: str = "") -> Compiled:
    """One environment of a loaded spec, compiled as far as its mistakes allow.

    `as_of` (YYYY-MM-DD) is the day that expiry dates are compared with; empty for none expired. A
    suppression that other environments have too is not called useless here: it may be of use there.
    """
    one = _compiled(loaded, environment, as_of)
    own = get(loaded.root, "environments", one.environment, "suppress")
    return one if own is None and len(_names(loaded)) > 1 else _judged([one])[0]


def _compiled(loaded: Loaded, environment: str, as_of: str) -> Compiled:
    found = list(loaded.diagnostics)
    if loaded.root is None:
        return Compiled(loaded, environment, _sorted(found, loaded))
    lacking = any(d.code not in _STILL_WHOLE for d in found)
    prepared = prepare(loaded.root, environment)
    spec, misfits = validate(prepared.root, prepared.environment, prepared.elsewhere, prepared.set_aside)
    if lacking:
        # What seems to be missing may stand in the file that could not be read.
        misfits = [d for d in misfits if d.code != MISSING_KEY.id]
    else:
        found += prepared.diagnostics
    unread = [d.span for d in found if d.code not in _STILL_WHOLE]
    found += [d for d in misfits if not _echoes(d, unread)]
    if spec is None or unread:
        # Part of the spec could not be read, so any reference may point into what is missing.
        return Compiled(loaded, prepared.environment, _sorted(found, loaded), spec)
    plan, unresolved = resolve(spec)
    stack, inexpressible = lower(plan, spec, loaded.names)
    found += [*unresolved, *inexpressible, *faulty_expressions(plan, spec), *colliding_series(plan, spec)]
    found += undelivered(plan, stack.routing, spec)
    found += [*unsound_extras(plan, stack, spec), *lost_scope(plan, spec)]
    found += [*ownership(loaded, spec), *idle_groupings(plan, spec)]
    found, accepted = suppressed(found, spec, as_of, _every_code)
    return Compiled(loaded, prepared.environment, _sorted(found, loaded), spec, plan, stack, accepted)


def compile_all(loaded: Loaded, as_of: str = "") -> list[Compiled]:
    """Every environment of the spec: its own, and each overlay."""
    return _judged([_compiled(loaded, name, as_of) for name in _names(loaded)])


def _names(loaded: Loaded) -> list[str]:
    """The environments of the spec, its own first; that one is "" to `prepare`, whatever it is called."""
    own = get(loaded.root, "environment")
    own_name = own.text if isinstance(own, Scalar) and not own.is_null else ""
    return ["", *(name for name in (environments(loaded.root) if loaded.root else ()) if name != own_name)]


def _judged(compiled: list[Compiled]) -> list[Compiled]:
    """The same, with what is to be said of suppressions that are of no use in any of them."""
    accepted = [one.accepted for one in compiled if one.accepted and one.spec and not one.spec.broken]
    if len(accepted) < len(compiled):
        return compiled  # where part of one could not be read, it may be of use there
    idle = useless(accepted)
    return [
        replace(one, diagnostics=_sorted([*one.diagnostics, *idle], one.loaded)) if idle else one
        for one in compiled
    ]


def _echoes(misfit: Diagnostic, unread: Sequence[Span | None]) -> bool:
    """Whether it is about lines that could not be read: what is missing there has been said."""
    at = misfit.span
    return at is not None and any(
        lost is not None and lost.file == at.file and lost.line <= at.end_line and at.line <= lost.end_line
        for lost in unread
    )


def _every_code() -> Iterable[Code]:
    # Few specs ask for them, and they come from every module there is.
    from monitorgen.review.codes import CODES

    return CODES


def _sorted(found: list[Diagnostic], loaded: Loaded) -> tuple[Diagnostic, ...]:
    return tuple(in_order(found, loaded.owners))
