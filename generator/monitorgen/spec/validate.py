"""A prepared tree becomes a typed spec, or diagnostics at the lines that stand in the way.

What does not fit is cut out at the smallest item that can stand alone (an alert, a check, a channel), so
that the rest is still checked and every mistake of a spec is reported at once.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.model.rules import Path
from monitorgen.model.span import Span
from monitorgen.source.node import Mapping, Scalar, get, span_of
from monitorgen.spec.plain import plain_spec
from monitorgen.spec.prepare import words
from monitorgen.spec.sections import Root
from monitorgen.spec.suggestion import did_you_mean, nearest
from monitorgen.vocabulary.base import TAG, Kind
from monitorgen.vocabulary.fields import BAD_SCALAR, example
from monitorgen.vocabulary.fields import CODES as FIELD_CODES
from monitorgen.vocabulary.registry import CODES as VOCABULARY_CODES

__all__ = ["CODES", "MISSING_KEY", "Spec", "validate"]

UNKNOWN_KEY = Code(
    "MG0201",
    "an unknown key",
    "A key nobody reads is a line that does nothing: a typo in `severity` would otherwise be an alert with "
    "the wrong severity.",
    bad=example("serverity: high"),
    good=example("tags: [web]"),
)
MISSING_KEY = Code(
    "MG0202",
    "a key is missing",
    "Some things cannot be guessed: an alert without a severity has no place to go, a check without a target "
    "nothing to try.",
    bad=example("").replace("        severity: critical\n", ""),
    good=example(""),
)
UNKNOWN_KIND = Code(
    "MG0212",
    "no such kind",
    "`type:` chooses what a channel, a check or a condition is. The list of kinds is fixed for one version "
    "of monitorgen.",
    bad=example("").replace("type: threshold", "type: treshold"),
    good=example(""),
)
BAD_SHAPE = Code(
    "MG0213",
    "a mapping, a list or a value in the wrong place",
    "Where a mapping is expected a list or a single value cannot be read, and the other way round.",
    bad=example("tags: web"),
    good=example("tags: [web]"),
)
NO_VALUE = Code(
    "MG0214",
    "a key without a value",
    "A key with nothing behind it says nothing: most of the time the value was lost in editing.",
    bad=example("runbook:"),
    good=example("runbook: https://runbooks.acme.example/errors"),
)
CODES = (UNKNOWN_KEY, MISSING_KEY, UNKNOWN_KIND, BAD_SHAPE, NO_VALUE)

_CODES_BY_ID = {code.id: code for code in (*FIELD_CODES, *VOCABULARY_CODES)}

# Where a part of the spec may be cut out and the rest still makes sense: the length of its path.
_CUTS = {"services": 2, "channels": 2, "teams": 2}
_SERVICE_PARTS = ("scrape", "checks", "recordings", "alerts")


@dataclass(frozen=True, slots=True)
class Spec:
    """A typed spec and the tree it came from. `broken` are the paths that were cut out."""

    root: Root
    tree: Mapping
    environment: str
    broken: frozenset[Path]
    elsewhere: frozenset[str] = frozenset()
    """Words of other environments, of what an overlay replaced, and of what was cut out: in use there."""

    def span(self, path: Path, on: Literal["value", "key"] = "value") -> Span:
        """The place of what stands at `path`, or of the deepest part of it there is."""
        return span_of(self.tree, path, on)

    def scalar(self, path: Path) -> Scalar | None:
        """The scalar at `path`, for pointing into its text."""
        node = get(self.tree, *path)
        return node if isinstance(node, Scalar) else None


def validate(
    tree: Mapping,
    environment: str,
    elsewhere: frozenset[str] = frozenset(),
    set_aside: frozenset[Path] = frozenset(),
) -> tuple[Spec | None, list[Diagnostic]]:
    """The typed spec, with whatever does not fit cut out, and a diagnostic for each misfit.

    What stands at the paths `set_aside` is cut out without a word.
    """
    data, empty = plain_spec(tree)
    # A section may stand there with nothing in it; a key that is none may not, whatever it says.
    data |= {name: None for name in tree.entries if name not in data and name not in Root.model_fields}
    found = [_without_value(scalar) for scalar in empty]
    broken = set(set_aside)
    for cut in set_aside:
        _remove(data, cut)
    for _ in range(4):
        try:
            root = Root.model_validate(data, context={})
        except ValidationError as error:
            cuts = set()
            misspelled = _misspelled(error)
            for detail in error.errors(include_url=False, include_input=False):
                path = tuple(str(step) for step in detail["loc"])
                if path in misspelled:
                    found.append(_meant(tree, path, misspelled[path]))
                elif detail["type"] != "missing" or (
                    path not in misspelled.values() and not _is_empty(tree, _keys(path))
                ):
                    found.append(_diagnostic(tree, path, detail))
                cuts.add(_cut(_keys(path)))
            for cut in sorted(cuts):
                _remove(data, cut)
            broken |= cuts
            continue
        unread = (word for cut in broken for word in words(get(tree, *cut)))
        return Spec(root, tree, environment, frozenset(broken), elsewhere.union(unread)), found
    return None, found


def _is_empty(tree: Mapping, path: Path) -> bool:
    """Whether the key is there without a value, which is said of all but whole sections by then."""
    around = get(tree, *path[:-1])
    if isinstance(around, Mapping) and any(key.startswith(f"{path[-1]}:") for key in around.entries):
        return True
    return len(path) > 1 and get(tree, *path) is not None


def _keys(loc: Path) -> Path:
    """The keys of the spec in a pydantic location, without its union tags."""
    return tuple(step for step in loc if not step.startswith(TAG) and step != "[key]")


def _cut(path: Path) -> Path:
    if len(path) >= 4 and path[0] == "services" and path[2] in _SERVICE_PARTS:
        return path[:4]
    return path[: _CUTS.get(path[0], 1)] if path else ()


def _remove(data: dict[str, Any], path: Path) -> None:
    if path == ("organization",):
        data["organization"] = "unknown"
        return
    node: Any = data
    for step in path[:-1]:
        node = node.get(step, {}) if isinstance(node, dict) else {}
    if isinstance(node, dict) and path:
        node.pop(path[-1], None)


def _diagnostic(tree: Mapping, loc: Path, detail: ErrorDetails) -> Diagnostic:
    kind, path = detail["type"], _keys(loc)
    context = detail.get("ctx", {})
    on_key = loc[-1:] == ("[key]",)
    here = span_of(tree, path, "key" if on_key else "value")
    last = path[-1] if path else ""
    if kind in _CODES_BY_ID:
        if _CODES_BY_ID[kind].secret:
            here = span_of(tree, path)  # of a header too it is the value that must not be shown
        return _CODES_BY_ID[kind].at(here, str(context.get("message", "")), hint=str(context.get("hint", "")))
    if kind == "extra_forbidden":
        known = sorted(_known_keys(loc[:-1]))
        return UNKNOWN_KEY.at(
            span_of(tree, path, "key"), f"unknown key `{last}`", hint=did_you_mean(last, known)
        )
    if kind == "missing":
        owner = f"`{path[-2]}`" if len(path) > 1 else "the spec"
        return MISSING_KEY.at(
            span_of(tree, path[:-1], "key"), f"{owner} has no `{last}`", hint=f"add `{last}:`"
        )
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _no_such_kind(tree, loc, path)
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "`")
        return BAD_SCALAR.at(here, f"expected {choices}", hint="")
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return BAD_SHAPE.at(here, f"`{last}` must be a mapping", hint=f"write `{last}: {{key: value}}`")
    if kind == "too_short":
        return BAD_SCALAR.at(here, f"`{last}` is empty", hint="name at least one")
    if kind == "list_type":
        return BAD_SHAPE.at(here, f"`{last}` must be a list", hint=f"write `{last}: [...]`")
    return BAD_SCALAR.at(here, detail["msg"])


def _without_value(scalar: Scalar) -> Diagnostic:
    """What to say of a value, or of the key of one, that is not there."""
    key, colon, value = scalar.text.partition(":")
    is_whole_key = scalar.source.text[scalar.end : scalar.end + 1] == ":"
    if colon and value and not scalar.style and not is_whole_key:
        message = f"there is no space after the colon of `{key}`"
        return NO_VALUE.at(scalar.span, message, hint=f"write `{key}: {value}`")
    return NO_VALUE.at(scalar.span, "there is no value here", hint="give one, or remove the key")


def _misspelled(error: ValidationError) -> dict[Path, Path]:
    """The unknown keys that are most likely a required one beside them, which is missing, with that one."""
    unknown: list[Path] = []
    missing: dict[Path, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        path = tuple(str(step) for step in detail["loc"])
        if detail["type"] == "extra_forbidden":
            unknown.append(path)
        elif detail["type"] == "missing":
            missing.setdefault(path[:-1], []).append(path[-1])
    found: dict[Path, Path] = {}
    for path in unknown:
        beside = missing.get(path[:-1], [])
        if word := nearest(path[-1], beside):
            beside.remove(word)
            found[path] = (*path[:-1], word)
    return found


def _meant(tree: Mapping, loc: Path, required: Path) -> Diagnostic:
    path = _keys(loc)
    hint = f"did you mean `{required[-1]}`? it is required, and missing here"
    return UNKNOWN_KEY.at(span_of(tree, path, "key"), f"unknown key `{path[-1]}`", hint=hint)


def _no_such_kind(tree: Mapping, loc: Path, path: Path) -> Diagnostic:
    kinds = sorted(kind.kind() for kind in _kinds(_annotation(loc)))
    word = get(tree, *path, "type")
    if isinstance(word, Scalar):
        return UNKNOWN_KIND.at(
            word.span, f"there is no type `{word.text}` here", hint=did_you_mean(word.text, kinds)
        )
    here = get(tree, *path)
    if isinstance(here, Mapping) and (near := nearest("type", here.entries)):
        return _meant(tree, (*path, near), (*path, "type"))
    return MISSING_KEY.at(
        span_of(tree, path, "key"), f"`{path[-1]}` has no `type`", hint="one of " + ", ".join(kinds)
    )


def _known_keys(loc: Path) -> Iterator[str]:
    annotation = _annotation(loc)
    for model in _models(annotation):
        for name, field in model.model_fields.items():
            yield field.alias or name


def _annotation(loc: Path) -> Any:
    """The type that stands at a pydantic location."""
    annotation: Any = Root
    for step in loc:
        annotation = _step(annotation, step)
    return annotation


def _step(annotation: Any, step: str) -> Any:
    if step.startswith(TAG):
        return next((kind for kind in _kinds(annotation) if TAG + kind.kind() == step), annotation)
    for model in _models(annotation):
        for name, field in model.model_fields.items():
            if (field.alias or name) == step:
                return field.rebuild_annotation() if field.metadata else field.annotation
    for part in _parts(annotation):
        if get_origin(part) is dict:
            return get_args(part)[1]
        if get_origin(part) is list:
            return get_args(part)[0]
    return annotation


def _parts(annotation: Any) -> Iterator[Any]:
    """The members of unions and what annotations annotate."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _parts(member)
    else:
        yield annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [p for p in _parts(annotation) if isinstance(p, type) and issubclass(p, BaseModel)]


def _kinds(annotation: Any) -> list[type[Kind]]:
    return [model for model in _models(annotation) if issubclass(model, Kind)]
