"""JSON text as people and `git diff` like it: indented, ended by one line end, raw UTF-8."""

import orjson

__all__ = ["emit"]


def emit(value: object, *, sort_keys: bool = False) -> str:
    """`value` as indented JSON (two blanks), keys in the order given unless `sort_keys`.

    Objects that bring `to_json()`, as the Grafana SDK's models do, are asked for it at any depth. Raises
    TypeError for what JSON cannot say: other objects, keys that are no strings, integers beyond 64 bits,
    lone surrogates. A NaN or an infinity becomes null, which is how Grafana writes them.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    if sort_keys:
        options |= orjson.OPT_SORT_KEYS
    return orjson.dumps(value, default=_to_json, option=options).decode()


def _to_json(value: object) -> object:
    to_json = getattr(value, "to_json", None)
    if to_json is None:
        raise TypeError(f"not a JSON value: {value!r}")
    return to_json()
