"""The models a spec is made of, as the paths of a spec see them."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from monitorgen.spec.sections import Root

__all__ = ["Field", "fields", "reachable", "walked"]

Field = tuple[type[BaseModel], str]
"""A model, and a field of it as a spec writes it."""


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """The types of a model's fields by the keys of a spec."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def reachable(model: type[BaseModel] = Root) -> set[type[BaseModel]]:
    """Every model that a spec is made of, `model` among them."""
    found, left = set[type[BaseModel]](), [model]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += [below for annotation in fields(one).values() for below in _models(annotation)]
    return found


def walked(path: tuple[str, ...], spec: Any) -> Iterator[Field]:
    """Every field that the path of a value in `spec` goes through, the last one being that value's own."""
    annotation: Any = Root
    for step in path:
        kind = spec.get("type") if isinstance(spec, dict) else None
        model = next((m for m in _models_here(annotation) if _kind(m) in (None, kind)), None)
        if model is not None:
            annotation = fields(model)[step]
            yield model, step
        else:
            annotation = _item(annotation)
        spec = (spec[int(step)] if isinstance(spec, list) else spec.get(step)) if spec is not None else None


def _kind(model: type[BaseModel]) -> str | None:
    words = get_args(fields(model).get("type"))
    return str(words[0]) if words else None


def _parts(annotation: Any) -> Iterator[Any]:
    """What a union or an annotated type is made of."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _parts(member)
    else:
        yield annotation


def _models_here(annotation: Any) -> Iterator[type[BaseModel]]:
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models of a type, at whatever depth of its lists and mappings."""
    yield from _models_here(annotation)
    for part in _parts(annotation):
        if get_origin(part) in (list, dict):
            for member in get_args(part):
                yield from _models(member)


def _item(annotation: Any) -> Any:
    """The type of the items of a list or of the values of a mapping; of anything else, any."""
    for part in _parts(annotation):
        if get_origin(part) in (list, dict):
            return get_args(part)[-1]
    return Any
