"""No label, whatever is in it, becomes anything but the word that the settings gave it a place in."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.vocabulary.receiver_effects import LONGEST_VALUE, ActionParameter
from monitorgen_exporters.receiver.effects.arguments import arguments, filled
from monitorgen_exporters.receiver.effects.kind import Refusal
from tests.receiver.effects.hostile import HOSTILE

STRICT = {
    "service": ActionParameter.model_validate({"label": "service", "pattern": "[a-z0-9][a-z0-9-]{0,40}"})
}
# As the vocabulary would refuse it: what stands behind it has to hold alone.
LOOSE = {"service": ActionParameter.model_construct(label="service", pattern="[\\s\\S]*")}
TEMPLATE = ("/usr/local/bin/restart", "--unit=${service}", "${service}", "for ${ service } now", "plain")


def refused(words: object) -> str:
    assert isinstance(words, Refusal)
    assert words.why
    return words.why


def test_each_placeholder_becomes_the_value_within_its_word() -> None:
    assert arguments(TEMPLATE, STRICT, {"service": "web-1"}) == (
        "/usr/local/bin/restart",
        "--unit=web-1",
        "web-1",
        "for web-1 now",
        "plain",
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused_by_a_pattern(value: str) -> None:
    why = refused(arguments(TEMPLATE, STRICT, {"service": value}))
    assert "`service`" in why
    # Reasons are kept and shown: what the attacker wrote is not in them.
    assert why.isprintable()
    assert len(why) < 200


@pytest.mark.parametrize("value", HOSTILE)
def test_a_pattern_that_allows_everything_allows_no_option_and_no_control_characters(value: str) -> None:
    words = arguments(TEMPLATE, LOOSE, {"service": value})
    if isinstance(words, Refusal):
        return
    assert value
    assert not value.startswith("-")
    assert len(value) <= LONGEST_VALUE
    assert value.isprintable()
    assert words[1:4] == (f"--unit={value}", value, f"for {value} now")


@given(st.text(), st.sampled_from((STRICT, LOOSE)))
def test_any_value_gives_the_words_of_the_template_or_a_refusal(
    value: str, parameters: dict[str, ActionParameter]
) -> None:
    words = arguments(TEMPLATE, parameters, {"service": value})
    if isinstance(words, Refusal):
        return
    assert len(words) == len(TEMPLATE)
    assert words[0] == TEMPLATE[0]
    for word, written in zip(words, TEMPLATE, strict=True):
        assert word == re.sub(r"\$\{ ?service ?\}", lambda _found: value, written)
        assert word.startswith("-") == written.startswith("-")
        assert word.encode()
        assert not any(unicodedata.category(character) == "Cc" for character in word)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12)))
def test_labels_that_no_parameter_names_change_nothing(labels: dict[str, str]) -> None:
    labels["service"] = "web"
    assert arguments(TEMPLATE, STRICT, labels) == arguments(TEMPLATE, STRICT, {"service": "web"})


@given(st.lists(st.text(st.sampled_from("-=${} servic/x"), max_size=20), min_size=1, max_size=4))
def test_no_template_lets_a_label_reach_the_program_or_the_name_of_an_option(template: list[str]) -> None:
    value = "VALUE"
    words = arguments(template, LOOSE, {"service": value})
    if isinstance(words, Refusal):
        return
    assert words[0].startswith("/")
    assert value not in words[0]
    for word in words[1:]:
        if word.startswith("-") and value in word:
            assert "=" in word.partition(value)[0]


@pytest.mark.parametrize(
    "template",
    [
        (),
        ("restart", "${service}"),
        ("./restart", "${service}"),
        ("/opt/${service}/restart",),
        ("${service}",),
        ("/usr/bin/ssh", "-o${service}"),
        ("/usr/bin/restart", "--${service}"),
        ("/usr/bin/restart", "--${service}=yes"),
        ("/usr/bin/restart", "-${service}"),
        ("/bin/sh", "-c", "restart ${service}"),
        ("/usr/bin/env", "bash", "-ec", "restart ${service}"),
        ("/usr/bin/python3.11", "-c", "print('${service}')"),
        ("/usr/bin/perl", "-e", "${service}"),
        ("/usr/bin/restart", "${other}"),
        ("/usr/bin/restart", "${}"),
    ],
)
def test_templates_that_would_let_a_label_decide_more_are_refused(template: tuple[str, ...]) -> None:
    refused(arguments(template, STRICT, {"service": "web"}))


def test_a_shell_takes_a_label_as_an_argument_of_its_script() -> None:
    template = ("/bin/sh", "-c", 'restart "$1"', "restart", "${service}")
    assert arguments(template, STRICT, {"service": "web"}) == (*template[:4], "web")


def test_two_parameters_cannot_make_an_option_together() -> None:
    both = {name: ActionParameter.model_construct(label=name, pattern=".*") for name in ("a", "b")}
    assert refused(arguments(("/bin/x", "${a}${b}"), both, {"a": "", "b": "-rf"}))
    assert refused(arguments(("/bin/x", "${a}${b}"), both, {"a": "-", "b": "rf"}))


def test_a_missing_label_and_an_empty_one_are_refused() -> None:
    assert "missing or empty" in refused(arguments(TEMPLATE, STRICT, {}))
    assert "missing or empty" in refused(arguments(TEMPLATE, LOOSE, {"service": ""}))


def test_patterns_match_the_whole_value_and_ascii_alone() -> None:
    either = {"service": ActionParameter.model_construct(label="service", pattern="web|db")}
    assert filled("${service}", either, {"service": "db"}) == "db"
    refused(filled("${service}", either, {"service": "db2"}))
    digits = {"service": ActionParameter.model_construct(label="service", pattern="\\d+")}
    refused(filled("${service}", digits, {"service": "٣"}))


def test_the_value_is_not_filled_again() -> None:
    assert filled("${service}", LOOSE, {"service": "${service}"}) == "${service}"


def test_a_dollar_that_begins_no_placeholder_stays() -> None:
    assert filled("$HOME $1 {a}", STRICT, {}) == "$HOME $1 {a}"
