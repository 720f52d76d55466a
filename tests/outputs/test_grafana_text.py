"""A spec's own words reach people and Prometheus as they are, whatever Grafana would make of them."""

import re

import promql_parser
import pytest

from monitorgen.outputs.grafana_text import literal, markdown, plain_markdown, provisioned, query, url
from monitorgen.promql.tokens import Kind, string_value, tokenize

# Grafana's own pattern (public/app/features/variables/utils.ts), for the names it knows without being told.
GRAFANA = re.compile(r"\$(__\w+)|\[\[(__\w+?)(?::(\w+))?\]\]|\${(__\w+)(?:\.([^:^}]+))?(?::([^}]+))?}")
TRAPS = [
    "$__interval",
    "${__user.login}",
    "${__from:date}",
    "[[__range]]",
    "[[[__range]]",
    "$$__interval",
    "$${__a}",
]
HARMLESS = ["costs $100", "${name}", "a[0][1]", "5% of {{ $value }}", "'\"`\\", "München 🎉", "$", "[[", ""]


@pytest.mark.parametrize("trap", TRAPS)
def test_no_variable_of_grafanas_is_left(trap: str) -> None:
    assert GRAFANA.search(trap)
    for shielded in (literal(trap), markdown(trap), plain_markdown(trap), url(trap)):
        assert GRAFANA.search(shielded) is None


@pytest.mark.parametrize("text", HARMLESS)
def test_what_grafana_leaves_alone_we_leave_alone(text: str) -> None:
    assert (literal(text), markdown(text), url(text), query(text)) == (text, text, text, text)


@pytest.mark.parametrize("text", TRAPS + HARMLESS)
def test_titles_and_markdown_read_the_same(text: str) -> None:
    unescaped = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), plain_markdown(text))
    assert literal(text).replace("\u2060", "") == text
    assert unescaped == text


def test_plain_markdown_has_no_markup_left() -> None:
    assert plain_markdown("**bold** [x](javascript:1) <b>\n# head") == (
        "&#42;&#42;bold&#42;&#42; &#91;x&#93;&#40;javascript:1&#41; &#60;b&#62; &#35; head"
    )


@pytest.mark.parametrize("quote", ['"', "'", "`"])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_query_means_the_same_without_the_variable(quote: str, trap: str) -> None:
    expr = f"sum by (a) (rate(x{{path={quote}{trap}{quote}, b!~'a$'}}[5m])) > 1 # {trap}"
    shielded = query(expr)
    assert GRAFANA.search(shielded) is None
    strings = [string_value(token.text) for token in tokenize(shielded) if token.kind is Kind.STRING]
    assert strings == [trap, "a$"]
    promql_parser.parse(shielded)


def test_a_plain_query_is_emitted_word_for_word() -> None:
    expr = 'label_replace(up, "host", "$1", "instance", "([^:]+):.*")  # ${name}'
    assert query(expr) is expr


def test_environment_variables_are_not_expanded_in_provisioning() -> None:
    assert provisioned("a $HOME ${X} $$") == "a $$HOME $${X} $$$$"
