"""The files that are handed out first are there."""

from tests.support.checkout import TOP
from tests.support.longest import LONGEST


def test_the_longest_files_are_there() -> None:
    assert [file for file in LONGEST if not (TOP / file).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
