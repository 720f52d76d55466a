"""Lists that may be written without their brackets when they hold one thing."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = ["ONE_OR_MORE"]


@dataclass(frozen=True, slots=True)
class _OneOrMore:
    """Reads a single value as a list of one.

    A union of both would report a mistake once for each member, at places no spec has.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


ONE_OR_MORE: Final = _OneOrMore()
"""`Annotated[list[X], ONE_OR_MORE]` takes `X` or a list of them, and is always a list."""
