"""What stands in an `extra:` against the keys its server knows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from monitorgen.model.diagnostic import Code
from monitorgen.model.keys.clients import DESCRIBED, since
from monitorgen.model.keys.shapes import Kind, ListOf, MapOf, Shape, Table
from monitorgen.model.rules import Path
from monitorgen.model.versions import VersionRange
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.vocabulary.fields import example
from monitorgen.vocabulary.relabel import BAD_STEP, RelabelStep

__all__ = ["CODES", "Misfit", "Server", "misfits"]

_CHECKOUT = "    scrape: {{api: {{static: ['127.0.0.1:9100'], extra: {{{}}}}}}}\n    alerts:\n"


def _extra(text: str) -> str:
    return example("").replace("    alerts:\n", _CHECKOUT.format(text))


UNKNOWN = Code(
    "MG0510",
    "a key in `extra` that its server does not know",
    "What stands in `extra` goes into a server's own configuration. A server refuses the whole of it for one "
    "key that it does not know (Grafana ignores the key), and keeps running with the old one.",
    bad=_extra("honour_timestamps: false"),
    good=_extra("honor_timestamps: false"),
)
TOO_NEW = Code(
    "MG0511",
    "a key in `extra` that not every version knows",
    "The build has to work on the oldest and the newest server that `compatible_with` names. One that lacks "
    "the key refuses its whole configuration.",
    bad=_extra("enable_compression: false"),
    good="compatible_with: {prometheus: ['2.49', '3.5']}" + _extra("enable_compression: false"),
)
WRONG_KIND = Code(
    "MG0512",
    "a value in `extra` of another kind than its server reads",
    "Values in `extra` are typed as YAML 1.2 has it: `true` and `false` are the switches, a number without a "
    "unit is no length of time, and what is in quotes is text. A server refuses what it cannot read so.",
    bad=_extra("honor_timestamps: off"),
    good=_extra("honor_timestamps: false"),
)
CODES = (UNKNOWN, TOO_NEW, WRONG_KIND)

_NAMES: Final = {"prometheus": "Prometheus", "alertmanager": "Alertmanager", "grafana": "Grafana"}
_DURATION: Final = re.compile(
    r"0|(?=[0-9])(?:[0-9]{1,3}y)?(?:[0-9]{1,5}w)?(?:[0-9]{1,6}d)?(?:[0-9]{1,7}h)?"
    r"(?:[0-9]{1,9}m)?(?:[0-9]{1,10}s)?(?:[0-9]{1,13}ms)?"
)
_GO_DURATION: Final = re.compile(r"0|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h))+")
_SIZE: Final = re.compile(r"0|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:[KMGTPE]i?)?B)+")
_TEXTS: Final = {
    Kind.DURATION: (_DURATION, "a length of time", "such as 30s, 5m, 1h30m or 30d"),
    Kind.GO_DURATION: (_GO_DURATION, "a length of time", "such as 30s, 5m or 1h30m, without days"),
    Kind.SIZE: (_SIZE, "a size", "such as 10MB, with its unit in capitals"),
}


@dataclass(frozen=True, slots=True)
class Server:
    """Whose configuration it is, and the versions that have to load it; Grafana's do not matter."""

    name: str
    versions: VersionRange


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong at `path`, or with its key."""

    code: Code
    path: Path
    message: str
    hint: str = ""
    on_key: bool = False


def misfits(value: Any, shape: Shape, path: Path, server: Server) -> Iterator[Misfit]:
    """Everything in `value`, which stands at `path`, that `server` would refuse.

    A key without a value is taken: to a server it is as if the key were not there.
    """
    if value is None:
        return
    if isinstance(shape, Kind):
        yield from _single(value, shape, path)
    elif isinstance(shape, ListOf):
        if not isinstance(value, list):
            yield Misfit(WRONG_KIND, path, f"`{path[-1]}` must be a list", "write it as `[...]`")
            return
        for index, item in enumerate(value):
            yield from misfits(item, shape.item, (*path, str(index)), server)
    elif not isinstance(value, Mapping):
        yield Misfit(WRONG_KIND, path, f"`{path[-1]}` must be a mapping", "write it as `{key: value}`")
    elif isinstance(shape, MapOf):
        for key, below in value.items():
            yield from misfits(below, shape.item, (*path, key), server)
    else:
        yield from _keys(value, shape, path, server)


def _keys(value: Mapping[str, Any], table: Table, path: Path, server: Server) -> Iterator[Misfit]:
    described = DESCRIBED.get(server.name)
    for key, below in value.items():
        here = (*path, key)
        if key not in table.keys:
            if described is None or server.versions.oldest <= described:
                message = f"{_NAMES[server.name]} knows no `{key}` here"
                yield Misfit(UNKNOWN, here, message, did_you_mean(key, sorted(table.keys)), on_key=True)
            continue
        known = since(server.name, table, key)
        if lacking := known.lacking(server.versions):
            named = " and ".join(map(str, lacking))
            hint = f"write {known.instead}" if known.instead else ""
            if not hint and known.since is not None:
                hint = f"do without it, or start `compatible_with.{server.name}` at {known.since}"
            yield Misfit(
                TOO_NEW, here, f"{_NAMES[server.name]} {named} does not know `{key}`", hint, on_key=True
            )
        yield from misfits(below, table.keys[key], here, server)


def _single(value: Any, kind: Kind, path: Path) -> Iterator[Misfit]:
    name = path[-1] if not path[-1].isdecimal() else path[-2]
    if kind is Kind.ANYTHING:
        return
    if kind is Kind.STEP:
        yield from _step(value, path)
        return
    wanted, hint = "", ""
    if isinstance(value, Mapping | list):
        wanted = "a single value"
    elif kind is Kind.BOOLEAN and not isinstance(value, bool):
        wanted, hint = "true or false", "without quotes, and not as yes or off"
    elif kind is Kind.COUNT and (type(value) is not int or value < 0):
        wanted, hint = "a whole number", "without quotes, and not less than nothing"
    elif kind is Kind.NUMBER and type(value) not in (int, float):
        wanted, hint = "a number", "without quotes"
    elif kind in _TEXTS:
        pattern, what, such = _TEXTS[kind]
        if isinstance(value, bool | float) or not pattern.fullmatch(str(value)) or str(value) == "":
            wanted, hint = what, such
    if wanted:
        yield Misfit(WRONG_KIND, path, f"`{name}` must be {wanted}", hint)


def _step(value: Any, path: Path) -> Iterator[Misfit]:
    try:
        RelabelStep.model_validate(value)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = tuple(str(step) for step in detail["loc"])
        context = detail.get("ctx", {})
        if detail["type"] == "extra_forbidden":
            hint = did_you_mean(where[-1], sorted(RelabelStep.model_fields))
            yield Misfit(UNKNOWN, (*path, *where), f"a step has no `{where[-1]}`", hint, on_key=True)
        else:
            message, hint = str(context.get("message") or detail["msg"]), str(context.get("hint") or "")
            yield Misfit(BAD_STEP, (*path, *where), message, hint)
