"""The JSON Schema of a spec file, assembled from the same models that validate it.

It is for editors, which see one file, while the validator sees what all files come to. So the schema does
not ask for what may come from elsewhere: sections stand in other files, channels and checks take fields
from `defaults`, a service from its profiles, an environment from the spec. And what rests on other parts
of a spec (references, units, PromQL) is left to `monitorgen check`.

Two things the schema refuses although a build may do without them: an alert of one service that is spread
over two files, and mistakes in profiles and defaults that nothing takes.
"""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel

from monitorgen.spec.field_docs import describe_fields
from monitorgen.spec.schema_sharing import shared
from monitorgen.spec.schema_tidying import Schema, tidied
from monitorgen.spec.schema_variants import KEYED, Presence, Variants, loose_reference, nullable
from monitorgen.spec.sections import Root
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.channels import CHANNELS
from monitorgen.vocabulary.checks import CHECKS

__all__ = ["DIALECT", "json_schema"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_SECTIONS = ("teams", "channels", "services", "profiles", "environments")
_PARTS = ("scrape", "checks", "recordings", "alerts")


def json_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) for one file of a spec."""
    describe_fields(Model)
    raw = tidied(Root.model_json_schema(by_alias=True))
    definitions: dict[str, Schema] = raw.pop("$defs")
    channels, checks = _by_word(definitions, CHANNELS), _by_word(definitions, CHECKS)
    _share(definitions["Defaults"], {"channels": channels, "checks": checks})
    _mark_keyed(definitions["Service"], _PARTS)
    definitions["Profile"] = _without(definitions["Service"], "use", "A bundle that services take by `use:`.")
    sections = raw["properties"]
    sections["profiles"]["additionalProperties"] = loose_reference("Profile", Presence.LOOSE)
    sections["environments"]["additionalProperties"] = loose_reference("Environment", Presence.OVERLAY)
    _mark_keyed(raw, _SECTIONS)
    definitions["Environment"] = _without(raw, "environments", "What is different in one environment.")
    definitions["Root"] = raw
    filled = {*channels.values(), *checks.values()}
    variants = Variants(definitions, filled, {"Service": ("use", _PARTS)})
    whole = variants.variant("Root", Presence.STRICT)["properties"]
    whole |= {name: nullable(section) for name, section in whole.items() if name != "organization"}
    whole["owner"] = {
        "type": ["string", "number", "boolean"],
        "pattern": r"\S",
        "description": "The team that owns this file, and is named with everything that is wrong in it.",
    }
    schema = {
        "$schema": DIALECT,
        "title": "monitorgen spec",
        "description": "One file of a monitorgen spec.",
        "type": "object",
        "properties": dict(sorted(whole.items())),
        "additionalProperties": False,
        "$defs": variants.made,
    }
    return shared(schema)


def _by_word(definitions: dict[str, Schema], kinds: Iterable[type[BaseModel]]) -> dict[str, str]:
    """The names of the kinds' definitions by the word after `type:`."""
    words = {kind.model_fields["type"].annotation.__args__[0]: kind for kind in kinds}  # type: ignore[union-attr]
    return {
        word: next(
            name
            for name in (kind.__name__, f"{kind.__name__}Check", f"{kind.__name__}Channel")
            if definitions.get(name, {}).get("properties", {}).get("type", {}).get("const") == word
        )
        for word, kind in words.items()
    }


def _share(defaults: Schema, families: dict[str, dict[str, str]]) -> None:
    """`defaults.channels` and `defaults.checks` by their types, with the fields that these have."""
    for field, kinds in families.items():
        section = defaults["properties"][field]
        section.pop("propertyNames", None)
        shapes = {word: loose_reference(name, Presence.LOOSE) for word, name in kinds.items()}
        section |= {"properties": shapes, "additionalProperties": False}


def _mark_keyed(schema: Schema, sections: tuple[str, ...]) -> None:
    for section in sections:
        schema["properties"][section][KEYED] = True


def _without(schema: Schema, key: str, description: str) -> Schema:
    properties = {name: below for name, below in schema["properties"].items() if name != key}
    return {**schema, "properties": properties, "description": description}
