"""Where a wrong expression goes wrong: the message, and the exact characters it points at."""

from pathlib import Path

import pytest

from monitorgen.promql import Parsed, PromqlError, parse
from tests.promql.asking import refusals
from tests.support.servers import Generation

# Text, with the characters to point at between guillemets, and a part of the message.
WRONG = [
    ("sum«(»rate(x[5m]) > 5", "this `(` is never closed"),
    ("rate(x[5m])«)» > 5", "this `)` closes nothing"),
    ("sum(x«]»", "where `)` has to close the `(`"),
    ("x{a=«\"b}, c='d'}»", "this string is never closed"),
    ("x«[»5m", "this `[` is never closed"),
    ("up «=» 0", "`==` is expected"),
    ("up «==» ", "an expression is missing after `==`"),
    ("up > «>» 1", "an expression is expected"),
    ("a «b»", "an operator is expected"),
    ("x > 5 «for» 5m", "an operator is expected"),
    ("foo«.»bar > 1", "PromQL has no `.`"),
    ("a «&»& b", "PromQL has no `&`"),
    ("x«\u00a0»> 1", "PromQL has no `U+00A0`"),
    ("x > «5mm»", "neither a number nor a duration"),
    ("x{job=«api»}", "a string in quotes is expected"),
    ('x{job: «"api"»}', "one of `=`, `!=`, `=~` and `!~` is expected"),
    ('x{a="b" «or» c="d"}', "`,` or `}` is expected"),
    ("x{«,»}", "the name of a label is expected"),
    ("sum by «a» (x)", "`(` is expected"),
    ("sum by (a «b») (x)", "`,` or `)` is expected"),
    ("sum by (a) (x) «by» (b)", "an operator is expected"),
    ("sum(x,«)»", "an expression is expected"),
    ("topk «5» (x)", "an operator is expected"),
    ("x[«]»", "a duration such as `5m` is expected"),
    ("x[5m «+»1m]", "`]` is expected"),
    ("x «offset»", "a duration such as `5m` is missing after `offset`"),
    ("x @ «y»", "a time in seconds"),
    ("«bool» + 1", "an expression is expected"),
    ("sum(x) / «rates»(y[5m])", "PromQL has no function `rates`"),
    ("sum(«rate»(x)) > rate(y[5m])", "`rate` takes a range of samples (`x[5m]`), and gets an instant vector"),
    ("rate(y[5m]) > «rate»(sum(x))", "`rate` takes a range of samples"),
    ("«sum»(1)", "`sum` takes an instant vector, and gets a number"),
    ("«count_values»(a, x)", "`count_values` takes a string in quotes"),
    ("abs(x) + «rate»(x[5m], 1)", "`rate` takes 1 argument(s), not 2"),
    ('«label_replace»(x, "a")', "`label_replace` takes 5 argument(s), not 2"),
    ("vector(1 «>» 2)", "with `bool` after the operator"),
    ("x «and» 1", "one side of it is only a number"),
    ("rate(x[5m])«[»1h]", "only a selector takes a range"),
    ('x + «{»a=""}', "selects every series"),
    ('x{«__name__»="y"}', "given twice: `x` and `y`"),
    ("a + on (i) group_left («i») b", "`i` is matched on already"),
    ("x[«1s5m»]", "units go from large to small"),
    (r'x{a="y«\d»"}', r"a string has no escape `\d`"),
    ("«»", "there is no expression here"),
    ("«# nothing but a comment»", "there is no expression here"),
]


def unmarked(marked: str) -> tuple[str, int, int]:
    start, end = marked.index("«"), marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


@pytest.mark.parametrize(("marked", "message"), WRONG)
def test_place_and_message(marked: str, message: str) -> None:
    text, start, end = unmarked(marked)
    found = parse(text)
    assert isinstance(found, PromqlError)
    assert message in found.message
    shown = f"{text[: found.start]}«{text[found.start : found.end]}»{text[found.end :]}"
    assert shown == marked, (start, end)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x{job=api}", "put the value in quotes"),
        ("a && b", "`and`"),
        ("rate(sum(x))", "the range belongs inside"),
        ("rate(x[5m])[1h]", "for anything else a subquery"),
        (r'x{a="\d"}', "a backslash is written twice"),
    ],
)
def test_the_hint_says_how_to_mend_it(text: str, hint: str) -> None:
    found = parse(text)
    assert isinstance(found, PromqlError)
    assert hint in found.hint


def test_promtool_refuses_the_same(generation: Generation, tmp_path: Path) -> None:
    texts = [unmarked(marked)[0] for marked, _ in WRONG]
    answers = refusals(generation, texts, tmp_path)
    assert [text for text, answer in zip(texts, answers, strict=True) if not answer] == []


RIGHT = [
    "sum by (job, instance,) (rate(http_requests_total{code=~'5..', job!=\"\"}[5m])) > 0.05",
    "(x + on (a) group_left (b) y) unless ignoring (c) z or vector(1)",
    "max_over_time(sum(rate(x[1m]))[1h:30s] offset 1d @ end())",
    "quantile without (le) (0.9, x) ^ -2 > bool Inf",
    "sum + by{on='a', offset=\"b\"} - offset",
    "label_replace(x, 'a', '$1', 'b', '(.*)') and on () absent(y)",
    "x{a=~`\\d+\\.\\w`} # a comment\n > 5",
    "-x atan2 -1e-3 + 0x1F - .5 % Nan",
    "x @ 1700000000.5 offset -5m",
    "count_values('v', topk(3, x)) == 2 != 1 <= 3",
    "time() - x > 86400 AND ON(a) y Unless z",
    'x{path="C:\\\\temp\\n\\"ü\\u00e9\\x41"}',
    ":odd:name:1",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_read(text: str) -> None:
    assert isinstance(parse(text), Parsed)


def test_promtool_reads_the_same(generation: Generation, tmp_path: Path) -> None:
    assert refusals(generation, RIGHT, tmp_path) == [""] * len(RIGHT)
