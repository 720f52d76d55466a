"""Archived segments verify alone, with the trust file, and no change to one goes unnoticed."""

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest

from monitorgen_exporters.audit.archive import BadArchive, Segment, Written, verify_segment, write_segment
from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.trust import Trust, TrustedKey, load_trust
from tests.audit.people.logs import ORIGIN, Place, entry


def filled(place: Place, count: int) -> bytes:
    """A log of `count` records, sealed; its newest checkpoint."""
    place.fill([entry("a.b", n=n) for n in range(count - 1)])
    with open_store(place.url, readonly=True) as store:
        note = newest_checkpoint(store)
    assert note is not None
    return note


def write(place: Place, start: int, stop: int, note: bytes) -> Written:
    with open_store(place.url, readonly=True) as store:
        return write_segment(store, place.folder / f"{start}-{stop}.jsonl.gz", start, stop, note)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 256), (256, 512), (0, 512), (512, 700), (3, 5), (699, 700), (0, 700)]
)
def test_a_segment_verifies_alone(sqlite_place: Place, start: int, stop: int) -> None:
    written = write(sqlite_place, start, stop, filled(sqlite_place, 700))
    assert written.records == stop - start
    Path(sqlite_place.url.removeprefix("sqlite:///")).unlink()
    found = verify_segment(written.path, load_trust(sqlite_place.trust_file))
    assert found == Segment(ORIGIN, start, stop, stop - start, 700, (sqlite_place.key.name,))


def test_on_both_databases_the_same_bytes(place: Place) -> None:
    note = filled(place, 300)
    first = write(place, 0, 256, note)
    content = first.path.read_bytes()
    first.path.unlink()
    assert write(place, 0, 256, note).sha256 == first.sha256
    assert first.path.read_bytes() == content


@pytest.fixture
def segment(sqlite_place: Place) -> tuple[Path, Trust]:
    note = filled(sqlite_place, 20)
    return write(sqlite_place, 4, 12, note).path, load_trust(sqlite_place.trust_file)


def test_every_changed_byte_of_the_text_is_found(segment: tuple[Path, Trust]) -> None:
    path, trust = segment
    text = gzip.decompress(path.read_bytes())
    for at in range(0, len(text), 5):
        changed = bytearray(text)
        changed[at] ^= 1
        path.write_bytes(gzip.compress(bytes(changed), 1))
        with pytest.raises(BadArchive):
            verify_segment(path, trust)


def test_every_changed_byte_of_the_file_is_found_or_changes_nothing(segment: tuple[Path, Trust]) -> None:
    path, trust = segment
    whole = path.read_bytes()
    good = verify_segment(path, trust)
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with suppress(BadArchive):
            assert verify_segment(path, trust) == good  # bits of gzip's own heading, or after its last block


def lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("dropped", "is missing"),
        ("doubled", "more in it"),
        ("swapped", "lead to another root|not the old tree|root"),
        ("cut", "whole gzip"),
        ("empty", "no segment"),
        ("text", "whole gzip"),
        ("bomb", "no segment"),
        ("range", "fit its begin|is missing|more in it"),
        ("deep", "no segment|deep"),
    ],
)
def test_what_was_done_is_said(segment: tuple[Path, Trust], name: str, says: str) -> None:
    path, trust = segment
    all_lines = lines(path)
    head = json.loads(all_lines[0])
    changed = {
        "dropped": all_lines[:-1],
        "doubled": [*all_lines, all_lines[-1]],
        "swapped": [*all_lines[:2], all_lines[3], all_lines[2], *all_lines[4:]],
        "empty": [],
        "bomb": [b"a" * 30_000_000],
        "range": [json.dumps({**head, "from": 5, "to": 13}).encode() + b"\n", *all_lines[1:]],
        "deep": [b'{"kind":' + b"[" * 5000 + b"]" * 5000 + b"}\n"],
    }
    if name == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif name == "text":
        path.write_text("hello")
    else:
        path.write_bytes(gzip.compress(b"".join(changed[name])))
    with pytest.raises(BadArchive, match=says):
        verify_segment(path, trust)


def test_another_key_is_not_believed(segment: tuple[Path, Trust]) -> None:
    path, _ = segment
    other = Trust(ORIGIN, (TrustedKey(SigningKey.generate("acme/audit/monitoring").verifier),))
    with pytest.raises(BadArchive, match="no signature by a key that is trusted"):
        verify_segment(path, other)


def test_a_record_that_is_not_its_hash_is_not_archived(sqlite_place: Place) -> None:
    note = filled(sqlite_place, 20)
    with open_store(sqlite_place.url) as store:
        store.execute("DROP TRIGGER audit_record_unchanged")
        store.execute("UPDATE audit_record SET body = ? WHERE pos = 6", [b"{}"])
    with pytest.raises(OSError, match="position 6 is not as it was written"):
        write(sqlite_place, 4, 12, note)
    assert list(sqlite_place.folder.glob("*.gz")) == []
    assert list(sqlite_place.folder.glob(".*.part")) == []
