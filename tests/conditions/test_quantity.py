"""Values with a unit, against the unit of the metric they are compared with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitorgen.vocabulary.quantity import UNITS, Quantity, QuantityText, in_unit, unit_of

quantity: TypeAdapter[Quantity] = TypeAdapter(QuantityText)


def read(text: object, metric: str, unit: str = "") -> float | tuple[str, str]:
    return in_unit(quantity.validate_python(text), unit or unit_of(metric), stated=bool(unit), metric=metric)


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("cpu_usage_percent", "percent"),
        ("http_request_duration_seconds:p99", "seconds"),
        ("job:latency_ms:mean5m", "milliseconds"),
        ("disk_read_bytes_total", "bytes"),
        ("error_ratio", "ratio"),
        ("service:http_success:ratio5m", "ratio"),
        ("instance:cpu_busy:ratio1h30m", "ratio"),
        ("instance:received:bytes1d", "bytes"),
        ("error_rate", ""),
        ("bytes_per_seconds", "seconds"),
        ("subseconds", ""),
    ],
)
def test_the_name_tells_the_unit(metric: str, unit: str) -> None:
    assert unit_of(metric) == unit


@pytest.mark.parametrize(
    ("text", "metric", "value"),
    [
        ("5%", "error_rate", 0.05),
        ("5%", "error_ratio", 0.05),
        ("0.1%", "error_ratio", 0.001),
        ("400ms", "http_request_duration_seconds", 0.4),
        ("400ms", "latency_ms", 400.0),
        ("1h", "age_seconds", 3600.0),
        ("250µs", "age_seconds", 0.00025),
        ("250us", "age_seconds", 0.00025),
        ("10GiB", "free_bytes", 10 * 1024**3),
        ("1kB", "free_bytes", 1000.0),
        ("1MB", "free_bytes", 1e6),
        ("-3", "temperature", -3.0),
        ("1e3", "queue", 1000.0),
        (".5", "queue", 0.5),
        (80, "cpu_usage_percent", 80.0),
    ],
)
def test_a_value_is_read_in_the_unit_of_the_metric(text: object, metric: str, value: float) -> None:
    assert read(text, metric) == value


def test_a_stated_unit_wins_over_the_name() -> None:
    assert read("80%", "cpu_usage_percent", "percent") == 80.0
    assert read("80%", "cpu_usage_percent", "ratio") == 0.8
    assert read("2s", "age", "milliseconds") == 2000.0


@pytest.mark.parametrize(
    ("text", "metric", "said", "mend"),
    [
        ("80%", "cpu_usage_percent", "ambiguous", "`value: 80`"),
        ("5%", "free_bytes", "is a share", "in that unit"),
        ("400ms", "queue", "does not say its unit", "`unit: seconds`"),
        ("10GiB", "queue", "does not say its unit", "`unit: bytes`"),
        ("10GiB", "age_seconds", "is a size", "in that unit"),
        ("400ms", "error_ratio", "is a time", "in that unit"),
    ],
)
def test_units_that_do_not_fit_are_explained(text: str, metric: str, said: str, mend: str) -> None:
    found = read(text, metric)
    assert isinstance(found, tuple)
    message, hint = found
    assert said in message
    assert mend in hint


@pytest.mark.parametrize(
    "text", ["", "five", "5 apples", "5%%", "1_000", "0x10", "1e999", "nan", "--5", True]
)
def test_what_is_no_value_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        quantity.validate_python(text)


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(["", *UNITS]),
    st.sampled_from(["", "%", "ms", "s", "h", "B", "KiB", "GB"]),
)
def test_no_value_is_too_odd_to_be_read(number: float, unit: str, suffix: str) -> None:
    found = read(f"{number!r}{suffix}", "some_metric", unit)
    if isinstance(found, float) and suffix == "":
        assert found == number
