"""The list that resolving fills with diagnostics."""

from collections.abc import Iterable
from typing import Protocol

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.model.rules import Path
from monitorgen.plan.codes import DISABLED_WITHOUT_REASON
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.spec.validate import Spec

__all__ = ["Findings"]


class Switchable(Protocol):
    """What may say `enabled: false` and why."""

    @property
    def enabled(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Findings:
    """Diagnostics as they are found, each placed by its path in the spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.found: list[Diagnostic] = []

    def add(
        self,
        code: Code,
        path: Path,
        message: str,
        *,
        hint: str = "",
        on_key: bool = False,
        related: Iterable[Related] = (),
    ) -> None:
        """A diagnostic at `path`, or at its key."""
        span = self.spec.span(path, "key" if on_key else "value")
        self.found.append(code.at(span, message, hint=hint, related=related))

    def reference(
        self,
        code: Code,
        path: Path,
        name: str,
        section: str,
        known: Iterable[str],
        *,
        on_key: bool = False,
    ) -> bool:
        """True when `name` is one of `known`; else a diagnostic, unless its definition is broken."""
        names = list(known)
        if name in names:
            return True
        if (section, name) not in self.spec.broken and (section,) not in self.spec.broken:
            word = section.rstrip("s") if section != "severities" else "severity"
            related: tuple[Related, ...] = ()
            if (place := self.spec.tree.entries.get(section)) is not None:
                related = (Related(f"`{section}` begins here", place.key.span),)
            message = f"there is no {word} `{name}`"
            hint = did_you_mean(name, names)
            self.add(code, path, message, hint=hint, related=related, on_key=on_key)
        return False

    def enabled(self, item: Switchable, path: Path) -> bool:
        """Whether the item is switched on; a reason is asked for when it is not."""
        if not item.enabled and not item.reason.strip():
            hint = "say `reason:` beside it"
            self.add(
                DISABLED_WITHOUT_REASON,
                (*path, "enabled"),
                f"`{path[-1]}` is switched off and does not say why",
                hint=hint,
            )
        return item.enabled
