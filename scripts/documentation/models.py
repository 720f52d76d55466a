"""The models of a spec: which there are, their fields, types, defaults and texts."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from monitorgen.model.duration import format_duration
from monitorgen.spec.field_docs import field_docs
from monitorgen.spec.sections import Root
from monitorgen.vocabulary.channels import CHANNELS
from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.conditions import CONDITIONS
from monitorgen.vocabulary.discovery import DISCOVERIES
from scripts.documentation.type_words import FAMILIES, Link, type_words

__all__ = ["KINDS", "Field", "all_models", "dotted", "fields_of", "model_named"]


KINDS: dict[str, dict[str, type]] = {
    "conditions": {kind.kind(): kind for kind in CONDITIONS},
    "channels": {kind.kind(): kind for kind in CHANNELS},
    "checks": {kind.kind(): kind for kind in CHECKS},
    "discovery": {discovery.key: discovery for discovery in DISCOVERIES},
}
"""Every kind by its folder of pages and the word that chooses it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a reader sees it. `default` is empty for none, "required" where it must be given."""

    name: str
    type: str
    default: str
    text: str


def dotted(model: type[BaseModel]) -> str:
    """The model's name below the package, such as `spec.sections.Team`."""
    return f"{model.__module__}.{model.__qualname__}".removeprefix("monitorgen.")


def model_named(name: str) -> type[BaseModel]:
    """The model of that dotted name."""
    module, _, attribute = name.rpartition(".")
    model: type[BaseModel] = getattr(import_module(f"monitorgen.{module}"), attribute)
    return model


def all_models() -> list[type[BaseModel]]:
    """Every model that can stand in a spec, each once, from its root on."""
    found: list[type[BaseModel]] = [Root, *(family for family in FAMILIES if len(family.model_fields) > 1)]
    for model in found:
        for annotation in get_type_hints(model, include_extras=True).values():
            found += [inner for inner in dict.fromkeys(_models(annotation)) if inner not in found]
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, list, dict):
        for part in get_args(annotation):
            yield from _models(part)


def fields_of(model: type[BaseModel], link: Link) -> list[Field]:
    """The fields in the order of a page: those that must be given, then the model's own, then inherited.

    Left out are the fields that all kinds of a family share and the discoveries of a scrape job, which have
    pages of their own.
    """
    if issubclass(model, RootModel):
        annotation = model.model_fields["root"].rebuild_annotation()
        return [
            Field(getattr(model, "key", ""), type_words(annotation, link), "required", model.__doc__ or "")
        ]
    shared: set[str] = set()
    for family in FAMILIES:
        if issubclass(model, family) and model is not family:
            shared |= set(family.model_fields) - {"type"}
    shared |= {d.key for d in DISCOVERIES} if model.__name__ == "Scrape" else set()
    texts, hints = field_docs(model), get_type_hints(model, include_extras=True)
    own = set(model.__annotations__)
    names = [name for name in model.model_fields if name not in shared]
    names.sort(key=lambda name: (name != "type", not model.model_fields[name].is_required(), name not in own))
    return [
        Field(
            field.alias or name,
            type_words(hints[name], link),
            _default(field, hints[name]),
            texts.get(name, "") or ("Which kind it is." if name == "type" else ""),
        )
        for name in names
        for field in (model.model_fields[name],)
    ]


def _default(field: FieldInfo, annotation: Any) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value in (None, "", [], {}) or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, float) and "duration" in type_words(annotation, dotted):
        return f"`{format_duration(value)}`"
    if isinstance(value, list):
        return "`[" + ", ".join(map(str, value)) + "]`"
    return f"`{value}`"
