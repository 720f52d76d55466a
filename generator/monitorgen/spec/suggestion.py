"""The nearest word to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]


def nearest(word: str, known: Iterable[str]) -> str:
    """That of `known` which `word` is most likely a misspelling of, empty when none is near."""
    return next(iter(get_close_matches(word, list(dict.fromkeys(known)), n=1, cutoff=0.6)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for the nearest of `known`, else the list of them in the order given, as a hint."""
    names = list(dict.fromkeys(known))
    if near := nearest(word, names):
        return f"did you mean `{near}`?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"there is {shown}"
