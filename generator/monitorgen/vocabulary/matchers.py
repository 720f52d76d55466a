"""Label matchers as a spec writes them (`where: {code: "=~5..", method: [GET, HEAD]}`)."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from monitorgen.promql.pieces import Matcher
from monitorgen.vocabulary.fields import BAD_SCALAR, LabelName, invalid

__all__ = ["Where", "matchers", "sample_labels"]

_OPERATORS = ("=~", "!~", "!=", "=")


def _condition(value: Any) -> str | list[str]:
    if isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        raise invalid(BAD_SCALAR, "expected a list of label values", "such as [GET, HEAD]")
    if value is None or isinstance(value, dict):
        raise invalid(BAD_SCALAR, "expected a label value", 'such as GET, "!=GET", "=~5.." or [GET, HEAD]')
    text = str(value)
    if text.startswith(("=~", "!~")):
        try:
            re.compile(text[2:])
        except (re.error, OverflowError, RecursionError) as error:
            raise invalid(BAD_SCALAR, f"`{text[2:]}` is not a regular expression: {error}") from None
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
                found.append(Matcher(name, "=~", "|".join(re.escape(item) for item in wanted)))
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
        found = _sample(matcher)
        if found is None:
            return None
        labels[matcher.name] = found
    return labels


def _sample(matcher: Matcher) -> str | None:
    if matcher.op == "=":
        return matcher.value
    if matcher.op == "!=":
        return "other" if matcher.value != "other" else "another"
    pattern = re.compile(matcher.value)
    if matcher.op == "!~":
        tried = ("other", "another", "x", "0", "")
        return next((text for text in tried if not pattern.fullmatch(text)), None)
    return next((text for text in _candidates(matcher.value) if text and pattern.fullmatch(text)), None)


def _candidates(pattern: str) -> tuple[str, ...]:
    """Plain texts the pattern may accept: its alternatives with the wildcards replaced by something."""
    found = []
    for alternative in (*pattern.split("|"), pattern):
        text = re.sub(r"\(\?:|[()^$]", "", alternative)
        text = re.sub(r"\\d", "0", re.sub(r"\\w", "a", re.sub(r"\\([^\w\s])", r"\1", text)))
        text = re.sub(r"\[\^[^\]]*\]", "_", text)
        text = re.sub(r"\[([^\]])[^\]]*\]", r"\1", text)
        for wild in ("0", "a"):
            filled = re.sub(r"\.[*+?]?", wild, text)
            found += [re.sub(r"[*+?]|\{[^}]*\}", "", filled), filled.split("|")[0]]
    return (*found, "a", "0", "other")
