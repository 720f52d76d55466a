"""Each finding: its code, the characters it points at, and what it says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.model.duration import parse_duration
from monitorgen.model.span import Span
from monitorgen.model.versions import Version, VersionRange
from monitorgen.promql import CODES, Context, check
from tests.promql.asking import refusals
from tests.support.servers import Generation


def versions(oldest: str, newest: str) -> VersionRange:
    first, last = Version.parse(oldest), Version.parse(newest)
    assert first is not None
    assert last is not None
    return VersionRange(first, last)


WIDE = versions("2.42", "3.5")


def locate(start: int, end: int) -> Span:
    return Span("spec.yaml", 1, start + 1, 1, end + 1)


def found(text: str, context: Context) -> list[tuple[str, str, Diagnostic]]:
    """Code, characters pointed at, diagnostic."""
    result = []
    for diagnostic in check(text, locate, context):
        assert diagnostic.span is not None
        shown = text[diagnostic.span.column - 1 : diagnostic.span.end_column - 1]
        result.append((diagnostic.code, shown, diagnostic))
    return result


@pytest.mark.parametrize(
    ("text", "context", "code", "place", "message"),
    [
        ("sum(x > 5", Context(WIDE), "MG0401", "(", "never closed"),
        ("rate(x) > 5", Context(WIDE), "MG0401", "rate", "takes a range"),
        ("x > 5 or rates(y[5m]) > 5", Context(WIDE), "MG0402", "rates", "no function `rates`"),
        (
            "histogram_avg(x) > 1",
            Context(WIDE),
            "MG0403",
            "histogram_avg",
            "unknown to Prometheus 2.42 (new in 2.51)",
        ),
        (
            "holt_winters(x[1h], 0.1, 0.1) > 1",
            Context(WIDE),
            "MG0403",
            "holt_winters",
            "unknown to Prometheus 3.5 (gone since 3.0)",
        ),
        (
            "sum(limitk(1, x)) > 1",
            Context(versions("2.54", "3.5")),
            "MG0404",
            "limitk",
            "experimental in Prometheus 2.54 and 3.5",
        ),
        (
            "first_over_time(x[5m]) > 1",
            Context(versions("3.7", "3.14")),
            "MG0404",
            "first_over_time",
            "experimental in Prometheus 3.7",
        ),
        ("x + fill (0) y > 1", Context(versions("3.10", "3.11")), "MG0404", "fill", "experimental"),
        ("x > 1d", Context(WIDE), "MG0405", "1d", "a duration as a number"),
        ("rate(x[300]) > 1", Context(WIDE), "MG0405", "300", "a number as a duration"),
        ("x offset -300 > 1", Context(WIDE), "MG0405", "300", "a number as a duration"),
        ("max_over_time(x[1h:60]) > 1", Context(WIDE), "MG0405", "60", "a number as a duration"),
        ("x > 1_000", Context(WIDE), "MG0405", "1_000", "a digit separator"),
        ('{"a.b", c="d"} > 1', Context(WIDE), "MG0405", '"a.b"', "a quoted name"),
        ('x{c="d", "e.f"="g"} > 1', Context(WIDE), "MG0405", '"e.f"', "a quoted name"),
        ('sum by ("e.f") (x) > 1', Context(WIDE), "MG0405", '"e.f"', "a quoted name"),
        (
            " 5 + 5 ",
            Context(WIDE),
            "MG0406",
            "5 + 5",
            "an alert needs series, and this gives a single number",
        ),
        ("x[5m]", Context(WIDE), "MG0406", "x[5m]", "a range of samples"),
        ('"x"', Context(WIDE, alert=False), "MG0406", '"x"', "a rule or a panel needs series"),
        ("up\n", Context(WIDE), "MG0407", "up", "nothing is compared"),
        ("up == bool 0", Context(WIDE), "MG0407", "bool", "an alert fires for both"),
        (
            "rate(x[1m]) > 0",
            Context(WIDE, scrape_interval=30),
            "MG0408",
            "[1m]",
            "`rate` over 1m of samples taken every 30s",
        ),
        (
            "rate(x[5m]) / increase(y[1m59s]) > 0",
            Context(WIDE, scrape_interval=30),
            "MG0408",
            "[1m59s]",
            "`increase` over",
        ),
        ('x > 0 and up{job=~"a(?!b)"} == 0', Context(WIDE), "MG0409", "(?!", "no lookahead"),
        (r'x{a=~"\\d\\8"} == 0', Context(WIDE), "MG0409", r'"\\d\\8"', "no backreferences"),
        ("x{a=~`a\\8`, b=~`(`} == 0", Context(WIDE), "MG0409", r"\8", "no backreferences"),
        ("rate(x[${window}]) > 0", Context(WIDE), "MG0410", "${window}", "not filled in"),
        ('x{env="${env}"} > 0', Context(WIDE), "MG0410", "${env}", "not filled in"),
        ("x > {{ $value }}", Context(WIDE), "MG0410", "{{ $value }}", "no meaning in an expression"),
        ("x > ${never closed", Context(WIDE), "MG0410", "${never closed", "not filled in"),
    ],
)
def test_finding(text: str, context: Context, code: str, place: str, message: str) -> None:
    first_code, first_place, diagnostic = found(text, context)[0]
    assert (first_code, first_place) == (code, place)
    assert message in diagnostic.message


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("x > 5", Context(WIDE, scrape_interval=30)),
        ("rate(x[2m]) > 0", Context(WIDE, scrape_interval=30)),
        ("rate(x[10s]) > 0", Context(WIDE)),
        ("max_over_time(x[1m]) > 0", Context(WIDE, scrape_interval=30)),
        ("deriv(rate(x[2m])[1m:]) > 0", Context(WIDE, scrape_interval=30)),
        ("histogram_avg(x) > 1", Context(versions("2.51", "3.5"))),
        ("holt_winters(x[1h], 0.1, 0.1) > 1", Context(versions("2.42", "2.55"))),
        ("first_over_time(x[5m]) > 1", Context(versions("3.14", "3.16"))),
        ('x{"a.b"="c"} > 1_000', Context(versions("3.0", "3.5"))),
        ("time() - x > 1d", Context(versions("2.54", "3.5"))),
        ("x offset 5m > 1", Context(WIDE)),
        ('x{a="5m", b="1_000"} > 1', Context(WIDE)),
        ("label_replace(x, \"a\", '$1', \"b\", '(.*)') > 1", Context(WIDE)),
        ("vector(1)", Context(WIDE)),
        ("absent(up)", Context(WIDE)),
        ("up", Context(WIDE, alert=False)),
        ("1 + 1", Context(WIDE, alert=False)),
        ('x{a=~"b$"} > 1', Context(WIDE)),
        ("x{a!=`{}`} > 1", Context(WIDE)),
    ],
)
def test_nothing_to_find(text: str, context: Context) -> None:
    assert found(text, context) == []


def test_every_use_is_found() -> None:
    both = found("histogram_avg(x) + histogram_avg(y) > 1_0 and z > 1_1", Context(WIDE))
    assert [code for code, _, _ in both] == ["MG0403", "MG0403", "MG0405", "MG0405"]
    assert [d.span.column for _, _, d in both if d.span] == [1, 20, 39, 51]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("histogram_quantil(0.9, x) > 1", "did you mean `histogram_quantile`?"),
        ("averge(x) > 1", "did you mean"),
        ("summ(x) > 1", "did you mean `sum`?"),
        ("qwertyuiop(x) > 1", ""),
        ("x > 1_000", "write the number without underscores"),
        ("histogram_avg(x) > 1", "`compatible_with`"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    given = found(text, Context(WIDE))[0][2].hint
    assert hint in given
    assert bool(hint) == bool(given)


def test_a_suggestion_is_one_that_every_version_has() -> None:
    assert "histogram_avg" not in found("histogram_avq(x) > 1", Context(WIDE))[0][2].hint
    assert "histogram_avg" in found("histogram_avq(x) > 1", Context(versions("3.0", "3.5")))[0][2].hint


def expression(spec: str) -> tuple[str, Context]:
    """The expression of a code's example, with what the spec around it says of its use."""
    content: dict[str, Any] = yaml.load(spec, Loader=yaml.BaseLoader)  # noqa: S506 - builds strings only
    oldest, newest = content.get("compatible_with", {}).get("prometheus", ("2.42", "3.5"))
    interval = content.get("defaults", {}).get("scrape_interval")
    alert = content["services"]["shop"]["alerts"]["broken"]
    seconds = parse_duration(interval) if interval else None
    return alert["condition"]["expr"], Context(versions(oldest, newest), scrape_interval=seconds)


@pytest.mark.parametrize("code", CODES, ids=[code.id for code in CODES])
def test_the_examples_of_each_code(code: Code) -> None:
    assert [d.code for d in check(expression(code.bad)[0], locate, expression(code.bad)[1])] == [code.id]
    assert check(expression(code.good)[0], locate, expression(code.good)[1]) == []


def test_codes_are_their_own() -> None:
    assert len({code.id for code in CODES}) == len(CODES)
    assert all(code.id.startswith("MG04") for code in CODES)


# What a server refuses with the whole file, and what it takes although it is hardly meant.
REFUSED = {"MG0401", "MG0402", "MG0403", "MG0404", "MG0405", "MG0409", "MG0410"}


def test_promtool_agrees_with_the_examples(generation: Generation, tmp_path: Path) -> None:
    bad = {code.id: expression(code.bad)[0] for code in CODES}
    good = {code.id: expression(code.good)[0] for code in CODES}
    answers = refusals(generation, [*bad.values(), *good.values()], tmp_path)
    refused = {code for code, answer in zip([*bad, *good], answers, strict=True) if answer}
    # Of the good ones, histogram_avg is for servers from 2.51; of the bad ones, two only vex the oldest.
    if generation.name == "oldest":
        assert refused == REFUSED
        assert [bool(answer) for answer in answers[len(bad) :]] == [code == "MG0403" for code in good]
    else:
        assert refused == REFUSED - {"MG0403", "MG0405"}
        assert not any(answers[len(bad) :])
