"""Sizes, as they are written and read."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitorgen.vocabulary.amounts import Size

SIZES: TypeAdapter[int] = TypeAdapter(Size)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        (4096, 4096),
        ("64KiB", 65536),
        (" 32MiB ", 33554432),
        ("2GiB", 2147483648),
        ("1024GiB", 1 << 40),
    ],
)
def test_a_size(text: Any, size: int) -> None:
    assert SIZES.validate_python(text) == size


@pytest.mark.parametrize(
    "text", ["0", 0, -1, "", "1MB", "1.5MiB", "1 MiB", "1025GiB", "9" * 40, None, 1.5, [], True]
)
def test_no_size(text: Any) -> None:
    with pytest.raises(ValidationError, match="not a number of bytes"):
        SIZES.validate_python(text)
