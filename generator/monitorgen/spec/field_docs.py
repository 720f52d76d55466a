"""The text below each field of a model, read from its source.

pydantic can do this while a class is made, but then every run of the program reads and parses the source
of every model, which takes longer than compiling a small spec. Only `monitorgen schema` and the
documentation want these texts.
"""

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel

__all__ = ["describe_fields", "field_docs"]


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstring below each field of `model` and of the models it derives from, by attribute name."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _own(base)
    return {name: text for name, text in found.items() if name in model.model_fields}


def _own(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(model))
    except (OSError, TypeError):
        return {}  # made at run time from a registry: its fields are described where they come from
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    docs = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            docs[field.target.id] = inspect.cleandoc(below.value.value)
    return docs


def describe_fields(base: type[BaseModel]) -> None:
    """Gives each field of every model derived from `base` the text below it, for its JSON Schema."""
    models = [base]
    for model in models:
        models += model.__subclasses__()
    for model in models:
        for name, text in field_docs(model).items():
            model.model_fields[name].description = text
    # A model takes over what one within it was built as: none may be left that was built without the texts.
    for model in models:
        if "__pydantic_core_schema__" in vars(model):
            del model.__pydantic_core_schema__
    for model in models:
        model.model_rebuild(force=True)
