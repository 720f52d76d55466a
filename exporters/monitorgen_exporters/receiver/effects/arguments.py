"""The words of a command, from the settings' templates and an alert's labels.

Labels come from whatever is monitored, or from whoever can send an alert, so that a label may be anything.
None becomes more than one whole word, or the end of one that the settings began: no option, no program, no
name of a variable; and the value as a whole has to match the pattern that the settings give for it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from monitorgen.vocabulary.receiver_effects import LONGEST_VALUE, ActionParameter
from monitorgen_exporters.receiver.effects.kind import Refusal

__all__ = ["arguments", "filled"]

_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]*)\}")
_INTERPRETER: Final = re.compile(
    r"(?:|a|ba|da|fi|k|mk|z|c|tc)sh|busybox|(?:python|perl|ruby|node|php|lua)[0-9.]*"
)
_CODE: Final = re.compile(r"-[A-Za-z]*[ce]|--eval|--command")


def arguments(
    template: Sequence[str], parameters: Mapping[str, ActionParameter], labels: Mapping[str, str]
) -> tuple[str, ...] | Refusal:
    """The words of `template` with each `${name}` replaced by that parameter's value of these labels."""
    if why := _misuse(template):
        return Refusal(why)
    words: list[str] = []
    for word in template:
        made = filled(word, parameters, labels)
        if isinstance(made, Refusal):
            return made
        if made.startswith("-") and not word.startswith("-"):
            return Refusal(f"the word `{word}` would become an option")
        words.append(made)
    return tuple(words)


def filled(text: str, parameters: Mapping[str, ActionParameter], labels: Mapping[str, str]) -> str | Refusal:
    """`text` with each `${name}` replaced by that parameter's value of these labels; nothing else changes."""
    parts: list[str] = []
    position = 0
    for found in _PLACEHOLDER.finditer(text):
        name = found[1].strip()
        parameter = parameters.get(name)
        if parameter is None:
            return Refusal(f"`${{{name}}}` is none of the action's parameters")
        value = labels.get(parameter.label, "")
        if why := _unfit(name, parameter, value):
            return Refusal(why)
        parts += [text[position : found.start()], value]
        position = found.end()
    return "".join(parts) + text[position:]


def _misuse(template: Sequence[str]) -> str:
    """Why no label may go into a command that is written so; empty if it may."""
    if not template or not PurePosixPath(template[0]).is_absolute() or _PLACEHOLDER.search(template[0]):
        return "the program is not given by an absolute path without a parameter"
    interpreter = False
    for before, word in pairwise(template):
        interpreter = interpreter or _INTERPRETER.fullmatch(PurePosixPath(before).name) is not None
        found = _PLACEHOLDER.search(word)
        if found and word.startswith("-") and "=" not in word[: found.start()]:
            return f"a parameter may stand in the option `{word}` only behind a `=`"
        if found and interpreter and _CODE.fullmatch(before):
            return f"a parameter may not stand in code: `{word}`"
    return ""


def _unfit(name: str, parameter: ActionParameter, value: str) -> str:
    """Why a label's value may not become a parameter's; empty if it may. The value itself is not repeated."""
    what = f"the label `{parameter.label}`, for `${{{name}}}`,"
    if not value:
        return f"{what} is missing or empty"
    if len(value) > LONGEST_VALUE:
        return f"{what} has {len(value)} characters, more than {LONGEST_VALUE}"
    if value.startswith("-"):
        return f"{what} begins with `-`, as options do"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in value):
        return f"{what} has control characters in it"
    if not re.fullmatch(parameter.pattern, value, re.ASCII):
        return f"{what} does not match `{parameter.pattern}`"
    return ""
