"""The strict, frozen model that every section and every kind of a spec is made of."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

__all__ = ["TAG", "Kind", "Model", "empty", "once", "one_of", "tag"]

TAG = "type="


class Model(BaseModel):
    """A part of a spec: unknown keys are refused, values never change after reading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.rstrip("_"),
        validate_default=False,
        defer_build=True,
    )


class Kind(Model):
    """One kind of a family that a spec chooses by `type:` (a channel, a check, a condition)."""

    type: str

    @classmethod
    def kind(cls) -> str:
        """The word after `type:` that selects this kind."""
        (word,) = cls.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
        return str(word)


def tag(kind: str) -> str:
    """The union tag of `kind`, spelled so that it can never be mistaken for a key of a spec."""
    return TAG + kind


def one_of(kinds: tuple[type[Kind], ...]) -> Any:
    """The type "any one of these kinds, chosen by `type:`"."""
    members = tuple(Annotated[kind, Tag(tag(kind.kind()))] for kind in kinds)
    union: Any = members[0]
    for member in members[1:]:
        union = union | member
    if len(members) == 1:
        return Annotated[kinds[0], Field()]
    return Annotated[union, Discriminator(_choose)]


def empty() -> Any:
    """The default of a part that may be left out: as if it were there with nothing in it.

    An instance as default would do the same, but each costs the building of a validator of its own when
    the program starts.
    """
    return Field(default_factory=dict, validate_default=True)


def _validated_once(value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    seen = info.context
    if seen is None:
        return validate(value)
    model = seen.get(id(value))
    if model is None:
        model = seen[id(value)] = validate(value)
    return model


once: Any = WrapValidator(_validated_once)
"""Marks a type whose values may stand in many places of a spec, as those of profiles and anchors do.

With a dict as the validation's context, one object is validated once and every place gets the same model.
"""


def _choose(value: Any) -> str | None:
    if isinstance(value, Mapping):
        kind = value.get("type")
        return None if kind is None else tag(str(kind))
    return tag(value.type) if isinstance(value, Kind) else None
