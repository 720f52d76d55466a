"""The one door to promql-parser: no exception of its own and no panic comes through."""

from contextlib import suppress
from typing import Any

import promql_parser

__all__ = ["ast_of"]

with suppress(ValueError):  # which a parser that knows the function by itself would raise
    promql_parser.register_extra_functions(
        [
            promql_parser.Function(
                "holt_winters",
                [
                    promql_parser.ValueType.Matrix,
                    promql_parser.ValueType.Scalar,
                    promql_parser.ValueType.Scalar,
                ],
                promql_parser.ValueType.Vector,
            )
        ]
    )


def ast_of(text: str) -> tuple[Any, str]:
    """The AST of `text` and an empty string, or None and what the parser says against it."""
    try:
        return promql_parser.parse(text), ""
    except UnicodeEncodeError:
        return None, "half of a surrogate pair is not a character"
    except ValueError as error:
        return None, str(error) or "refused without a reason"
    except BaseException as error:
        # A panic in Rust comes as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        return None, str(error)
