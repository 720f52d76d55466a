"""The typed scalars of a spec: the reader keeps the text, these give it its meaning.

Every type refuses what it cannot read with a code of its own, and describes itself to JSON Schema so
that an editor accepts the same spellings. A bare word is text for every type: `off`, `012` and `10:30`
mean what the author wrote.
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitorgen.model.diagnostic import Code
from monitorgen.model.duration import parse_duration

__all__ = [
    "CODES",
    "DURATION_PATTERN",
    "SOME_TIME_PATTERN",
    "AbsoluteUrl",
    "Boolean",
    "Duration",
    "HostPort",
    "Integer",
    "LabelName",
    "Labels",
    "MetricName",
    "Name",
    "Names",
    "Number",
    "OneOrMore",
    "Port",
    "RawMapping",
    "Text",
    "Texts",
    "invalid",
]

_SERVICE = """
organization: acme
teams: {{payments: {{notify: {{default: [mail]}}}}}}
channels: {{mail: {{type: webhook, url: "http://127.0.0.1:9/hook"}}}}
services:
  checkout:
    team: payments
    alerts:
      errors:
        condition: {{type: threshold, metric: error_rate, operator: above, value: 0.05}}
        severity: critical
        description: Too many errors
        {line}
"""


def example(line: str) -> str:
    """A whole small spec whose one alert also says `line`."""
    return _SERVICE.format(line=line).rstrip() + "\n"


BAD_DURATION = Code(
    "MG0203",
    "not a duration",
    "A length of time is written as Prometheus writes it (30s, 5m, 1h30m, 30d) or as a whole number of "
    "seconds. Anything else could be read two ways.",
    bad=example("for: 5 minutes"),
    good=example("for: 5m"),
)
BAD_SCALAR = Code(
    "MG0204",
    "not the kind of value this field takes",
    "Scalars are typed by the field, not by YAML: the text is read as the number, word or switch the field "
    "asks for, and what cannot be read so is refused instead of guessed.",
    bad=example("enabled: perhaps"),
    good=example("enabled: true"),
)
BAD_NAME = Code(
    "MG0205",
    "not a usable name",
    "Names become labels, file names and parts of PromQL, so they are kept to the letters every one of "
    "those accepts.",
    bad=example("labels: {error-class: user}"),
    good=example("labels: {error_class: user}"),
)
CODES = (BAD_DURATION, BAD_SCALAR, BAD_NAME)


def invalid(code: Code, message: str, hint: str = "") -> PydanticCustomError:
    """The error a validator raises: it becomes a diagnostic of `code` at the value's place."""
    return PydanticCustomError(code.id, "{message}", {"message": message, "hint": hint})


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"


def _scalar(value: Any, wanted: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise invalid(BAD_SCALAR, f"expected {wanted}, found {_shown(value)}")


def _text(value: Any) -> str:
    return _scalar(value, "text")


# The servers take up to 292 years, but promtool works through every interval of the time that a test waits.
_LONGEST = 31_536_000


def _duration(value: Any) -> float:
    text = _scalar(value, "a duration")
    seconds = parse_duration(text.strip())
    if seconds is None:
        raise invalid(
            BAD_DURATION,
            f"{_shown(value)} is not a duration",
            "write 30s, 5m, 1h30m, 30d, or a whole number of seconds",
        )
    if seconds > _LONGEST:
        raise invalid(
            BAD_DURATION,
            f"{_shown(value)} is longer than a year",
            "at most 1y: Prometheus keeps samples for 15 days unless told otherwise",
        )
    return seconds


_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
# In any case, spelled out: the regular expressions of JSON Schema have no flags.
_SWITCH = "|".join(
    "".join(f"[{letter.upper()}{letter}]" for letter in word) for word in sorted(_TRUE | _FALSE)
)


def _boolean(value: Any) -> bool:
    word = _scalar(value, "true or false").strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise invalid(BAD_SCALAR, f"expected true or false, found {_shown(value)}")


def _integer(value: Any) -> int:
    text = _scalar(value, "a whole number").strip()
    if re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return int(text)
    raise invalid(BAD_SCALAR, f"expected a whole number, found {_shown(value)}")


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def _number(value: Any) -> float:
    text = _scalar(value, "a number").strip()
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < float("inf"):
        return number
    raise invalid(BAD_SCALAR, f"expected a number, found {_shown(value)}")


_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"


def _port(value: int) -> int:
    if 1 <= value <= 65535:
        return value
    raise invalid(BAD_SCALAR, f"{value} is not a port", "ports go from 1 to 65535")


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]{0,255}")


def _name(value: Any) -> str:
    text = _scalar(value, "a name")
    if _NAME.fullmatch(text):
        return text
    raise invalid(
        BAD_NAME,
        f"{_shown(value)} is not a usable name",
        "start with a letter or `_`, go on with letters, digits, `_`, `-` or `.`, at most 100 characters",
    )


def _label_name(value: Any) -> str:
    text = _scalar(value, "a label name")
    if _LABEL.fullmatch(text) and not text.startswith("__"):
        return text
    raise invalid(
        BAD_NAME,
        f"{_shown(value)} is not a label name",
        "use letters, digits and `_`; names that start with `__` belong to Prometheus",
    )


def _metric_name(value: Any) -> str:
    text = _scalar(value, "a metric name")
    if _METRIC.fullmatch(text):
        return text
    raise invalid(
        BAD_NAME,
        f"{_shown(value)} is not a metric name",
        "use letters, digits, `_` and `:`; an expression belongs in `condition: {type: promql, expr: ...}`",
    )


_ESCAPED = "%[0-9A-Fa-f]{2}"
_UNSEEN = r"\s\x00-\x1f\x7f"
_HOST = (
    r"(?:\[[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%25[A-Za-z0-9._~-]+)?\]"
    rf"|[^{_UNSEEN}/?#@:%\[\]{{}}|\\^`]+)"
)
# What Go's net/url reads: every server parses its addresses with that, and refuses the rest.
_URL = re.compile(
    rf"https?://(?:[^{_UNSEEN}/?#]*@)?{_HOST}(?::{_PORT})?"
    rf"(?:/(?:[^{_UNSEEN}%?#]|{_ESCAPED})*)?(?:\?[^{_UNSEEN}#]*)?(?:#(?:[^{_UNSEEN}%]|{_ESCAPED})*)?"
)


def _url(value: Any) -> str:
    text = _scalar(value, "a URL")
    if _URL.fullmatch(text):
        return text
    hint = "it starts with http:// or https:// and a host, has a port from 1 to 65535 if any, and no blanks"
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        hint = "a `%` is written %25"
    shown = "it" if "@" in text else _shown(value)  # a password may stand in it
    raise invalid(BAD_SCALAR, f"{shown} is not a URL", hint)


_HOST_PORT = re.compile(rf"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):{_PORT}")


def _host_port(value: Any) -> str:
    text = _scalar(value, "an address")
    if _HOST_PORT.fullmatch(text):
        return text
    raise invalid(
        BAD_SCALAR, f"{_shown(value)} is not an address", "write host:port, such as checkout-1:9102"
    )


_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_SCALAR_SCHEMA)]
"""Any scalar, as written."""

Texts = list[Text]


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list | dict) or value is None else [value]


OneOrMore = Annotated[
    Texts,
    BeforeValidator(_one_or_more),
    WithJsonSchema({"anyOf": [_SCALAR_SCHEMA, {"type": "array", "items": _SCALAR_SCHEMA}]}),
]
"""One scalar, or a list of them."""

DURATION_PATTERN = (
    r"^\s*(?:[0-9]+|(?=[0-9])(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?"
    r"(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?)\s*$"
)
"""How a duration is written, for JSON Schema."""

SOME_TIME_PATTERN = DURATION_PATTERN.replace("^", "^(?=.*[1-9])", 1)
"""The same, of more than nothing."""

Duration = Annotated[
    float,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": _LONGEST},
                {"type": "string", "pattern": DURATION_PATTERN},
            ]
        }
    ),
]
"""A length of time, in seconds, of a year at most: what rules, routes and servers wait for or look back."""

Boolean = Annotated[
    bool,
    BeforeValidator(_boolean),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": rf"^\s*(?:{_SWITCH})\s*$"}]}
    ),
]
Integer = Annotated[
    int,
    BeforeValidator(_integer),
    WithJsonSchema(
        {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\s*[+-]?[0-9]{1,18}\s*$"}]}
    ),
]
Number = Annotated[
    float,
    BeforeValidator(_number),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": rf"^\s*(?:{_NUMBER.pattern})\s*$"},
            ]
        }
    ),
]
Port = Annotated[
    Integer,
    AfterValidator(_port),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 65535},
                {"type": "string", "pattern": rf"^\s*\+?0*{_PORT}\s*$"},
            ]
        }
    ),
]

Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"}),
]
"""A key of a section: a team, a service, an alert, a channel."""

Names = list[Name]

LabelName = Annotated[
    str,
    BeforeValidator(_label_name),
    WithJsonSchema({"type": "string", "pattern": f"^(?!__){_LABEL.pattern}$"}),
]
MetricName = Annotated[
    str, BeforeValidator(_metric_name), WithJsonSchema({"type": "string", "pattern": f"^{_METRIC.pattern}$"})
]
Labels = dict[LabelName, Text]

AbsoluteUrl = Annotated[
    str, BeforeValidator(_url), WithJsonSchema({"type": "string", "pattern": f"^{_URL.pattern}$"})
]
HostPort = Annotated[
    str,
    BeforeValidator(_host_port),
    WithJsonSchema({"type": "string", "pattern": f"^{_HOST_PORT.pattern}$"}),
]

RawMapping = dict[str, Any]
"""What an `extra:` holds: merged into the output as it is."""
