"""A spec's own words inside a dashboard, kept from being read as Grafana's variables.

Grafana puts values in place of `$name`, `${name}` and `[[name]]` wherever it shows text or asks a query, and
has no escape for it (the pattern: public/app/features/variables/utils.ts). Our dashboards define no
variables, and a name Grafana does not know stays as it is, so only its own, which all begin with two
underscores, must be taken apart. Each kind of text has a way that leaves what people read the same.
"""

import re
from typing import Final

from monitorgen.promql.pieces import quoted
from monitorgen.promql.tokens import Kind, Token, string_value, tokenize

__all__ = ["literal", "markdown", "plain_markdown", "provisioned", "query", "url"]

_VARIABLE: Final = re.compile(r"\$(?=\{?__)|\[(?=\[__)")
_WORD_JOINER: Final = "\u2060"
_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>()#+!|~$&]")


def literal(text: str) -> str:
    """`text` for a title: it looks the same, with an invisible word joiner after the sign of a variable."""
    return _VARIABLE.sub(lambda found: found[0] + _WORD_JOINER, text)


def markdown(text: str) -> str:
    """Markdown that reads the same: the sign of a variable becomes a character reference."""
    return _VARIABLE.sub(_reference, text)


def plain_markdown(text: str) -> str:
    """`text` as Markdown that shows it word for word, on one line: nothing in it is markup, or a variable."""
    return _MARKUP.sub(_reference, " ".join(text.split()))


def url(text: str) -> str:
    """An address that leads to the same place: the sign of a variable is percent-encoded."""
    return _VARIABLE.sub(lambda found: f"%{ord(found[0]):02X}", text)


def query(expr: str) -> str:
    """PromQL that means the same: the sign of a variable, which only strings and comments hold, escaped."""
    if _VARIABLE.search(expr) is None:
        return expr
    parts: list[str] = []
    last = 0
    for token in tokenize(expr):
        parts += (expr[last : token.start], _token(token))
        last = token.end
    return "".join(parts) + expr[last:]


def provisioned(text: str) -> str:
    """`text` for a provisioning file, where Grafana expands environment variables and `$$` is a plain `$`."""
    return text.replace("$", "$$")


def _token(token: Token) -> str:
    if token.kind is Kind.STRING:
        text = quoted(string_value(token.text))
        return _VARIABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return literal(token.text) if token.kind is Kind.COMMENT else token.text


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
