"""`${...}` is filled once, at known places; all else belongs to others."""

import pytest

from monitorgen.plan.placeholders import fill

VALUES = {"service": "shop", "alert": "${service}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("plain", "plain"),
        ("${service}", "shop"),
        ("a ${ service } b ${service}", "a shop b shop"),
        ("${alert}", "${service}"),  # what is filled in is not looked at again
        ("$service and $$ and $", "$service and $$ and $"),
        ("{{ $labels.instance }}", "{{ $labels.instance }}"),
        ("{{ ${service} }}", "{{ shop }}"),
    ],
)
def test_known_names_are_filled(text: str, filled: str) -> None:
    assert fill(text, VALUES) == (filled, [])


def test_unknown_names_are_given_with_their_places() -> None:
    text = "see ${servise} and ${} of ${service}"
    filled, unknown = fill(text, VALUES)
    assert filled == "see ${servise} and ${} of shop"
    assert [(text[start:end], name) for start, end, name in unknown] == [
        ("${servise}", "servise"),
        ("${}", ""),
    ]


def test_what_is_never_closed_is_left_alone() -> None:
    assert fill("${service", VALUES) == ("${service", [])
