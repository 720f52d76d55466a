"""Go templates: whether a text is one, as far as can be told without the program that runs it."""

import re

__all__ = ["template_fault"]

# As text/template's lexer: a comment has an action to itself; strings and characters may hold `}}`.
_COMMENT = re.compile(r"(?:- )?/\*.*?\*/(?: -)?\}\}", re.DOTALL)
_ACTION = re.compile(
    r"""(?P<body>(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|[^"'`}]|\}(?!\}))*)\}\}""", re.DOTALL
)
_WORD = re.compile(r"(?:-\s)?\s*([a-z]+)\b")
_OPENS = frozenset({"if", "range", "with", "block", "define"})
_STRING = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`""", re.DOTALL)


def template_fault(text: str) -> str:
    """What is wrong with the outer form of a Go template, such as a block left open; empty when nothing is.

    Functions, fields and the insides of pipelines are not looked at.
    """
    position, opened = 0, list[str]()
    while (start := text.find("{{", position)) >= 0:
        found = _COMMENT.match(text, start + 2)
        if found is None:
            found = _ACTION.match(text, start + 2)
            if found is None:
                return "`{{` without `}}`"
            if fault := _step(found["body"], opened):
                return fault
        position = found.end()
    return f"`{opened[-1]}` without `end`" if opened else ""


def _step(body: str, opened: list[str]) -> str:
    """Takes one action into account; what is wrong with it, or empty."""
    bare = _STRING.sub("", body)
    if not bare.strip("- \t\r\n") and not _STRING.search(body):
        return "an action with nothing in it"
    if "/" in bare:
        return "a comment that does not begin right after `{{` or does not end right before `}}`"
    if bare.count("(") != bare.count(")"):
        return f"unbalanced parentheses in `{{{{{body}}}}}`"
    word = _WORD.match(body)
    if word is None:
        return ""
    if word[1] in _OPENS:
        opened.append(word[1])
    elif word[1] in ("end", "else") and not opened:
        return f"`{word[1]}` with nothing before it to close"
    elif word[1] == "end":
        opened.pop()
    return ""
