"""JSON as the outputs write it."""

import json
from typing import Any

import pytest
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.builders.timeseries import Panel
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.outputs.json_text import emit
from tests.support.nasty_strings import NASTY_STRINGS

texts = st.sampled_from(NASTY_STRINGS) | st.text(st.characters(exclude_categories=["Cs"]))
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, width=32)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(values.filter(lambda value: "Infinity" not in json.dumps(value)))
def test_every_value_reads_back_equal(value: Any) -> None:
    assert json.loads(emit(value)) == value
    assert json.loads(emit(value, sort_keys=True)) == value


def test_indented_by_two_raw_utf8_and_ended_by_a_line_end() -> None:
    assert emit({"b": [1, {}], "a": "é\U0001f600"}) == (
        '{\n  "b": [\n    1,\n    {}\n  ],\n  "a": "é\U0001f600"\n}\n'
    )


def test_keys_are_sorted_at_every_depth_on_request() -> None:
    assert list(json.loads(emit({"b": {"d": 1, "c": 2}, "a": 3}, sort_keys=True))) == ["a", "b"]
    assert '"c": 2,\n    "d": 1' in emit({"b": {"d": 1, "c": 2}}, sort_keys=True)


def test_models_of_the_grafana_sdk_write_themselves_at_any_depth() -> None:
    dashboard = Dashboard("Checkout").uid("checkout").with_panel(Panel().title("Errors")).build()

    read = json.loads(emit({"dashboards": [dashboard]}))

    assert read["dashboards"][0]["uid"] == "checkout"
    assert read["dashboards"][0]["panels"][0]["title"] == "Errors"


@pytest.mark.parametrize("value", [object(), {"a": {1}}, {1: 2}, 2**64, "\ud800", {"\ud800": 1}])
def test_what_json_cannot_say_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        emit(value)
