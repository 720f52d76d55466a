"""One relabelling step: which fields its action needs, and which it would pass over.

The rules are those of Prometheus's model/relabel/relabel.go as all supported versions have them, and are
tried with promtool of both ends. Prometheus itself says nothing of a field that an action does not read.
"""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from monitorgen.model.diagnostic import Code
from monitorgen.promql.re2 import leaves_open, mistake
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.fields import BAD_NAME, Integer, Text, example, invalid

__all__ = ["BAD_STEP", "CODES", "AnyLabel", "RelabelStep", "RelabelSteps"]


def _scraped(step: str) -> str:
    job = f"    scrape: {{api: {{static: ['127.0.0.1:9100'], metric_relabel: [{step}]}}}}\n    alerts:\n"
    return example("").replace("    alerts:\n", job)


BAD_STEP = Code(
    "MG0222",
    "a relabelling step that cannot do what it says",
    "Each action reads some fields and no others. Prometheus refuses a configuration in which one is missing "
    "or cannot be read; what the action does not read it mostly passes over in silence.",
    bad=_scraped("{action: keep, source_labels: [__name__], replacement: up}"),
    good=_scraped("{action: keep, source_labels: [__name__], regex: up}"),
)
CODES = (BAD_STEP,)

_JOINED: Final = frozenset({"source_labels", "separator"})
# What each action needs, and what it reads besides.
_ACTIONS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "replace": (frozenset({"target_label"}), _JOINED | {"regex", "replacement"}),
    **dict.fromkeys(("keep", "drop"), (frozenset({"source_labels", "regex"}), frozenset({"separator"}))),
    **dict.fromkeys(("keepequal", "dropequal"), (frozenset({"source_labels", "target_label"}), frozenset())),
    "hashmod": (frozenset({"source_labels", "target_label", "modulus"}), frozenset({"separator"})),
    "labelmap": (frozenset({"regex"}), frozenset({"replacement"})),
    **dict.fromkeys(("labeldrop", "labelkeep"), (frozenset({"regex"}), frozenset())),
    **dict.fromkeys(
        ("lowercase", "uppercase"), (frozenset({"source_labels", "target_label"}), frozenset({"separator"}))
    ),
}

_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A label's name in which groups of the regex may stand: `$1`, `${name}`.
_TEMPLATE: Final = re.compile(r"(?:[A-Za-z_]|\$\{\w+\}|\$\w)(?:\w|\$\{\w+\}|\$\w)*", re.ASCII)


def _label(name: str) -> str:
    if _LABEL.fullmatch(name):
        return name
    raise invalid(BAD_NAME, f"`{name}` is not a label name", "use letters, digits and `_`")


AnyLabel = Annotated[
    Text,
    AfterValidator(_label),
    WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"}),
]
"""The name of any label, of Prometheus's own too (`__address__`)."""


class RelabelStep(Model):
    """One step of relabelling. Without `action` it is `replace`."""

    source_labels: list[AnyLabel] = Field(default_factory=list)
    """The labels whose values are looked at, joined by the separator."""
    separator: Text | None = None
    """What stands between the values. Without it, `;`."""
    target_label: Text | None = None
    """The label that is set, or compared with."""
    regex: Text | None = None
    """What the values, or the names of labels, must match from end to end. Without it, anything."""
    modulus: Integer | None = None
    """How many parts `hashmod` makes."""
    replacement: Text | None = None
    """What to set, or the new name of a label. `$1` is what the first group of the regex took; without it,
    that alone."""
    action: Literal[
        "replace",
        "keep",
        "drop",
        "keepequal",
        "dropequal",
        "hashmod",
        "labelmap",
        "labeldrop",
        "labelkeep",
        "lowercase",
        "uppercase",
    ] = "replace"
    """What to do."""

    @model_validator(mode="after")
    def _as_its_action_wants(self) -> Self:
        needed, read = _ACTIONS[self.action]
        given = {*self.config()} - {"action"}
        if missing := sorted(needed - given):
            raise invalid(BAD_STEP, f"`{self.action}` needs `{missing[0]}`", f"add `{missing[0]}:`")
        if unread := sorted(given - needed - read):
            raise invalid(BAD_STEP, f"`{self.action}` does not look at `{unread[0]}`", "leave it out")
        if self.separator is not None and len(self.source_labels) < 2:
            raise invalid(BAD_STEP, "`separator` stands between two or more `source_labels`", "leave it out")
        if self.modulus is not None and self.modulus < 1:
            raise invalid(BAD_STEP, f"{self.modulus} is not a number of parts", "give 1 or more")
        if self.regex is not None and (found := mistake(self.regex)):
            raise invalid(BAD_STEP, f"`{self.regex}` is not a regular expression: {found.why}")
        if self.regex is not None and leaves_open(self.regex):
            raise invalid(
                BAD_STEP, rf"the `\Q` in `{self.regex}` is never closed", r"Prometheus wants `\E` behind it"
            )
        self._names()
        return self

    def _names(self) -> None:
        """Refuses a label to write that has no usable name."""
        written, pattern = self.target_label, _TEMPLATE if self.action == "replace" else _LABEL
        if self.action == "labelmap" and self.replacement is not None:
            written, pattern = self.replacement, _TEMPLATE
        if written is not None and not pattern.fullmatch(written):
            hint = "use letters, digits and `_`" + (", and `$1` or `${1}`" if pattern is _TEMPLATE else "")
            raise invalid(BAD_STEP, f"`{written}` is not a label name", hint)

    def config(self) -> dict[str, Any]:
        """The step as Prometheus spells it: what was given, in a fixed order."""
        given: dict[str, Any] = {}
        for name in _ORDER:
            value = getattr(self, name)
            if value is not None and value != []:
                given[name] = value
        return given if self.action != "replace" else {k: v for k, v in given.items() if k != "action"}


_ORDER: Final = ("action", "source_labels", "separator", "modulus", "regex", "target_label", "replacement")

RelabelSteps = list[RelabelStep]
"""Steps, each on what the one before has left."""
