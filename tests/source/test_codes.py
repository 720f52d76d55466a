"""The codes of this package: unique, numbered 01xx, and each example shows what it says."""

from monitorgen.source.codes import CODES
from monitorgen.source.reader import read_text


def test_identities() -> None:
    ids = [code.id for code in CODES]
    assert len(set(ids)) == len(ids)
    assert all(identity.startswith("MG01") and len(identity) == 6 for identity in ids)


def test_examples_come_in_pairs_and_the_good_ones_are_read() -> None:
    for code in CODES:
        assert bool(code.bad) == bool(code.good), code.id
        if code.good:
            root, found = read_text(code.good, "good.yaml")
            assert root is not None
            assert found == [], code.id
