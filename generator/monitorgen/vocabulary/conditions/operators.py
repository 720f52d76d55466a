"""The six comparisons, by word or by sign, and the values just on either side of them."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, WithJsonSchema

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.fields import example, invalid

__all__ = ["CODES", "OPERATORS", "Comparison", "Operator"]

BAD_OPERATOR = Code(
    "MG0208",
    "not an operator",
    "A comparison is written as a word (above, below, at_least, at_most, equals, differs) or as a sign in "
    "quotes. An unquoted `>` is YAML's mark for folded text: the sign vanishes before anyone can read it.",
    bad=example("").replace("operator: above", "operator: over"),
    good=example("").replace("operator: above", 'operator: ">"'),
)
CODES = (BAD_OPERATOR,)

_WORDS: Final = ("above", "below", "at_least", "at_most", "equals", "differs")
_SIGNS: Final = {
    ">": "above",
    "<": "below",
    ">=": "at_least",
    "<=": "at_most",
    "==": "equals",
    "!=": "differs",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operator: PromQL's sign, and the side of the line that is bad."""

    sign: str
    side: Literal["above", "below", ""]

    def holds(self, left: float, right: float) -> bool:
        """What PromQL would say of `left SIGN right`."""
        return {
            ">": left > right,
            "<": left < right,
            ">=": left >= right,
            "<=": left <= right,
            "==": left == right,
            "!=": left != right,
        }[self.sign]

    @lru_cache(maxsize=1024)  # noqa: B019 - there are six instances, and they live as long as the program
    def around(self, value: float, *, exact: bool, lowest: float = -math.inf) -> tuple[float, float] | None:
        """A value that stays quiet and one that fires, as near to `value` as a test may go.

        With `exact` the value itself is used on the side it belongs to, so that `>` and `>=` differ.
        Without (rates and averages, which carry rounding) both keep one part in a hundred away, unless
        only the value itself will do. None when nothing from `lowest` up is quiet, or nothing fires.
        """
        step = abs(value) / 100 or 0.01
        # Six digits, so that a person can read them in the tests.
        beside = [float(f"{v:.6g}") for v in (value + step, value - step)]
        near = [value, *beside] if exact else [*beside, value]
        # The last resort, for values so small that a hundredth of them is nothing.
        near.append(lowest)
        possible = [v for v in near if lowest <= v < math.inf and v > -math.inf]
        quiet = next((v for v in possible if not self.holds(v, value)), None)
        firing = next((v for v in possible if self.holds(v, value)), None)
        return None if quiet is None or firing is None else (quiet, firing)


OPERATORS: Final = {
    "above": Comparison(">", "above"),
    "below": Comparison("<", "below"),
    "at_least": Comparison(">=", "above"),
    "at_most": Comparison("<=", "below"),
    "equals": Comparison("==", ""),
    "differs": Comparison("!=", ""),
}


def _operator(value: Any) -> str:
    word = value if isinstance(value, str) else ""
    word = _SIGNS.get(word.strip(), word)
    if word in OPERATORS:
        return word
    if word == "":
        raise invalid(
            BAD_OPERATOR,
            "there is no operator here",
            'an unquoted `>` means folded text to YAML: write operator: ">" or operator: above',
        )
    raise invalid(
        BAD_OPERATOR, f"`{value}` is not an operator", "one of " + ", ".join(_WORDS) + ", or a sign in quotes"
    )


Operator = Annotated[str, BeforeValidator(_operator), WithJsonSchema({"enum": [*_WORDS, *_SIGNS]})]
