"""Label matchers as a spec writes them (`where: {code: "=~5..", method: [GET, HEAD]}`)."""

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from monitorgen.promql.pieces import Matcher
from monitorgen.promql.re2 import mistake
from monitorgen.vocabulary.fields import BAD_SCALAR, LabelName, invalid
from monitorgen.vocabulary.re2 import literal, matches, sample

__all__ = ["Where", "contrary", "matchers", "sample_labels"]

_OPERATORS = ("=~", "!~", "!=", "=")


def _condition(value: Any) -> str | list[str]:
    if isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        raise invalid(BAD_SCALAR, "expected a list of label values", "such as [GET, HEAD]")
    if value is None or isinstance(value, dict):
        raise invalid(BAD_SCALAR, "expected a label value", 'such as GET, "!=GET", "=~5.." or [GET, HEAD]')
    text = str(value)
    if text.startswith(("=~", "!~")) and (found := mistake(text[2:])):
        raise invalid(BAD_SCALAR, f"`{text[2:]}` is not a regular expression: {found.why}")
    return text


LabelCondition = Annotated[
    str | list[str],
    BeforeValidator(_condition),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
            ]
        }
    ),
]
Where = dict[LabelName, LabelCondition]
"""Label name to an exact value, a list of values, or a value behind `!=`, `=~` or `!~`."""


def matchers(where: Where) -> tuple[Matcher, ...]:
    """The PromQL matchers, sorted by label name."""
    found = []
    for name, wanted in sorted(where.items()):
        if isinstance(wanted, list):
            if len(wanted) == 1:
                found.append(Matcher(name, "=", wanted[0]))
            else:
                found.append(Matcher(name, "=~", "|".join(literal(item) for item in wanted)))
            continue
        operator = next((op for op in _OPERATORS if wanted.startswith(op)), "")
        found.append(Matcher(name, operator or "=", wanted[len(operator) :]))  # type: ignore[arg-type]
    return tuple(found)


def sample_labels(where: tuple[Matcher, ...]) -> dict[str, str] | None:
    """Label values that every matcher accepts, or None when no simple one could be found.

    Each candidate is tried against the pattern itself, so the answer is never a guess.
    """
    labels: dict[str, str] = {}
    for matcher in where:
        found = _accepted(matcher)
        if found is None:
            return None
        labels[matcher.name] = found
    return labels


def contrary(matcher: Matcher) -> str | None:
    """A value that the matcher turns away, or None when no simple one could be found."""
    match matcher.op:
        case "=":
            return _unlike(matcher.value)
        case "!=":
            return matcher.value
        case "=~":
            return _avoiding(matcher.value)
        case _:
            return sample(matcher.value)


def _accepted(matcher: Matcher) -> str | None:
    match matcher.op:
        case "=":
            return matcher.value
        case "!=":
            return _unlike(matcher.value)
        case "=~":
            return sample(matcher.value)
        case _:
            return _avoiding(matcher.value)


def _unlike(value: str) -> str:
    return "other" if value != "other" else "another"


def _avoiding(pattern: str) -> str | None:
    tried = ("other", "another", "0", "-", "")
    return next((text for text in tried if matches(pattern, text) is False), None)
