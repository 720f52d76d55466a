"""YAML as an editor reads it: the core schema of YAML 1.2, keys as text."""

import re
from typing import Any

import yaml

__all__ = ["load_core"]


class _CoreLoader(yaml.SafeLoader):
    """PyYAML with the types of YAML 1.2: no `on`, no `0o` without its letter, no sexagesimals, no dates."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002
        """The map with its keys as they are written."""
        self.flatten_mapping(node)
        return {
            key.value if isinstance(key, yaml.ScalarNode) else str(key): self.construct_object(
                value, deep=True
            )
            for key, value in node.value
        }


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    del loader
    text = node.value
    return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    del loader
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


_CORE = "tag:yaml.org,2002:"
for _kind, _pattern in (
    ("merge", r"<<"),
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    ),
):
    _CoreLoader.add_implicit_resolver(_CORE + _kind, re.compile(f"^(?:{_pattern})$"), None)
_CoreLoader.add_constructor(_CORE + "int", _integer)
_CoreLoader.add_constructor(_CORE + "float", _float)
_CoreLoader.add_constructor(_CORE + "map", _CoreLoader.construct_mapping)


def load_core(text: str) -> list[Any]:
    """The documents of `text`. Raises yaml.YAMLError for what no editor could show the schema."""
    return [document for document in yaml.load_all(text, _CoreLoader) if document is not None]
