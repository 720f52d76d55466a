"""Go templates in annotations, checked as Prometheus reads them when it loads a rule.

One that does not parse has Prometheus refuse the whole of its configuration. What is known here is what
its own parser asks for: the outer form, the functions there are, and variables that are declared.
"""

import re
from functools import lru_cache

from monitorgen.vocabulary.go_template import template_fault

__all__ = ["annotation_fault"]

# Those of text/template, and of Prometheus's template/template.go in every version that is supported.
_BUILT_IN = """
    and call html index slice js len not or print printf println urlquery eq ge gt le lt ne
"""
_OWN = """
    query first label value sortByLabel strvalue humanize humanize1024 humanizeDuration humanizePercentage
    humanizeTimestamp pathPrefix externalURL parseDuration graphLink tableLink title toUpper toLower match
    reReplaceAll safeHtml stripPort stripDomain args toTime
"""
_KEYWORDS = "if else end range with define block template break continue nil true false"
_WORDS = frozenset(f"{_BUILT_IN} {_OWN} {_KEYWORDS}".split())
_VARIABLES = frozenset({"labels", "externalLabels", "externalURL", "value"})
_FIELDS = frozenset({"Labels", "ExternalLabels", "ExternalURL", "Value"})

_STRING = r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"
_ACTION = re.compile(rf"\{{\{{(?!-?\s*/\*)((?:{_STRING}|[^\"'`}}]|\}}(?!\}}))*)\}}\}}", re.DOTALL)
_TEXT = re.compile(_STRING, re.DOTALL)
_NAME = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
_VARIABLE = re.compile(r"\$(\w+)")
_DECLARED = re.compile(r"\$(\w+)\s*(?:,\s*\$(\w+)\s*)?:=")
_FIELD = re.compile(r"(?<![\w.$)])\.([A-Za-z_]\w*)")
_MOVES_THE_DOT = frozenset({"range", "with", "define", "block"})


# Services of one kind have the same texts, since placeholders are not filled yet.
@lru_cache(maxsize=4096)
def annotation_fault(text: str) -> str:
    """What is wrong with an annotation as a template of Prometheus; empty when nothing is known to be."""
    if "{{" not in text:
        return ""
    if fault := template_fault(text):
        return fault
    bodies = [_TEXT.sub('""', found[1]) for found in _ACTION.finditer(text)]
    declared = {name for body in bodies for names in _DECLARED.findall(body) for name in names}
    words = [word for body in bodies for word in _NAME.findall(body)]
    for word in words:
        if word not in _WORDS:
            return f"there is no function `{word}`"
    for body in bodies:
        for name in _VARIABLE.findall(body):
            if name not in _VARIABLES and name not in declared:
                return f"there is no variable `${name}`"
        # Inside of these the dot is something else.
        for name in () if _MOVES_THE_DOT.intersection(words) else _FIELD.findall(body):
            if name not in _FIELDS:
                return f"an alert has no `.{name}`"
    return ""
