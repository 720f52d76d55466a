"""Regular expressions of label matchers that RE2 is sure to refuse."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.promql import places
from monitorgen.promql.analysis import Parsed
from monitorgen.promql.checks.base import Locate, example
from monitorgen.promql.re2 import mistake
from monitorgen.promql.tokens import string_value

__all__ = ["CODES", "regexes"]

BAD_REGEX: Final = Code(
    "MG0409",
    "a regular expression that Prometheus refuses",
    "Label matchers use RE2, which matches in linear time and pays for it with what cannot be matched so: "
    "looking ahead or behind, and backreferences. `!~` says most of what a negative lookahead is wanted for.",
    bad=example('up{job=~"(?!test).+"} == 0'),
    good=example('up{job!~"test.*"} == 0'),
)
CODES: Final = (BAD_REGEX,)


def regexes(parsed: Parsed, locate: Locate) -> Iterator[Diagnostic]:
    """The first mistake of each pattern, at its characters where the string has no escapes."""
    for index, selected in enumerate(parsed.selectors):
        for matcher in selected.matchers:
            if matcher.op not in ("=~", "!~") or (wrong := mistake(matcher.value)) is None:
                continue
            start, end = _value(parsed.text, index, matcher.value)
            if parsed.text[start + 1 : end - 1] == matcher.value:
                start, end = start + 1 + wrong.start, start + 1 + wrong.end
            yield BAD_REGEX.at(locate(start, end), f"RE2 cannot take this pattern: {wrong.why}")


def _value(text: str, selector: int, value: str) -> tuple[int, int]:
    """Where a matcher's value stands; the whole text if the places do not line up with the analysis."""
    found = places.selectors(text)
    for place in found[selector].matchers if selector < len(found) else ():
        start, end = place.value
        if string_value(text[start:end]) == value:
            return start, end
    return 0, len(text)
