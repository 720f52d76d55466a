"""`monitorgen audit restore`: a restored log goes on under a new origin, and says what was lost."""

import shutil
from pathlib import Path

import pytest

from monitorgen_exporters.audit.declared import Restored
from monitorgen_exporters.audit.guard import GuardRefusal
from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.trust import load_trust
from tests.audit.people.logs import ORIGIN, Place, entry

WHY = ("--reason", "disk lost")


def file_of(place: Place) -> Path:
    return Path(place.url.removeprefix("sqlite:///"))


@pytest.fixture
def restored(sqlite_place: Place) -> Place:
    """A log of four records that came back from a backup of three; `newest.note` is what an anchor holds."""
    place = sqlite_place
    place.fill([entry("a.b"), entry("a.b")])
    shutil.copy(file_of(place), place.folder / "backup.db")
    place.fill([entry("a.b", lost=True)])
    keep_newest(place)
    for file in place.folder.glob("log.db*"):
        file.unlink()
    shutil.copy(place.folder / "backup.db", file_of(place))
    return place


def keep_newest(place: Place) -> Path:
    with open_store(place.url, readonly=True) as store:
        note = newest_checkpoint(store)
    assert note is not None
    file = place.folder / "newest.note"
    file.write_bytes(note)
    return file


def test_the_guard_asks_for_it(restored: Place) -> None:
    with pytest.raises(GuardRefusal, match="monitorgen audit restore"):
        restored.fill([entry("a.b")])


def test_it_goes_on_and_says_what_was_lost(restored: Place) -> None:
    result = restored.run("restore", "--from", restored.folder / "newest.note", *WHY, "--operator", "ann")
    assert result.exit_code == 0, result.stderr
    assert "acme/audit/monitoring/2 goes on from the 3 records of acme/audit/monitoring/1" in result.output
    assert "1 records that were signed for are lost" in result.output
    restored.fill([entry("a.b")])
    with open_store(restored.url, readonly=True) as store:
        assert (read_state(store).origin, read_state(store).size) == ("acme/audit/monitoring/2", 5)
        (found,) = find(store, Query(types=("log.restored",)))
        note = newest_checkpoint(store)
    assert found.position == 3
    assert found.record is not None
    said = Restored.read(found.record)
    assert (said.origin, said.size, said.known_size, said.reason) == (ORIGIN, 3, 4, "disk lost")
    assert note is not None
    assert load_trust(restored.trust_file).open_checkpoint(note).checkpoint.size == 5
    old = restored.trust_file.with_name("trust-1.yml")
    assert (
        load_trust(old).open_checkpoint((restored.folder / "newest.note").read_bytes()).checkpoint.size == 4
    )


def test_a_copy_with_another_past_is_not_a_restore(sqlite_place: Place) -> None:
    place = sqlite_place
    place.fill([entry("a.b"), entry("a.b")])
    note = keep_newest(place)
    for file in (*place.folder.glob("log.db*"), place.folder / "guard"):
        file.unlink()
    place.fill([entry("a.b", other=True), entry("a.b"), entry("a.b")])
    result = place.run("restore", "--from", note, *WHY)
    assert (result.exit_code, "keep it as evidence" in result.stderr) == (4, True)
    with open_store(place.url, readonly=True) as store:
        assert read_state(store).origin == ORIGIN


def test_a_whole_log_gets_a_new_origin_only_when_asked_to(place: Place) -> None:
    place.fill([entry("a.b")])
    note = keep_newest(place)
    place.fill([entry("a.b")])
    before, guard = place.trust_file.read_bytes(), (place.folder / "guard").read_bytes()
    refused = place.run("restore", "--from", note, *WHY)
    assert refused.exit_code == 2
    assert "has lost nothing that was signed for: its 3 records hold the checkpoint" in refused.stderr
    assert "say --even-if-whole" in refused.stderr
    assert (place.trust_file.read_bytes(), (place.folder / "guard").read_bytes()) == (before, guard)
    with open_store(place.url, readonly=True) as store:
        assert (read_state(store).origin, read_state(store).size) == (ORIGIN, 3)
    result = place.run("restore", "--from", note, *WHY, "--even-if-whole")
    assert result.exit_code == 0, result.stderr
    assert "lost" not in result.output
    again = place.run("restore", "--from", note, *WHY)
    assert (again.exit_code, "not of acme/audit/monitoring/2" in again.stderr) == (4, True)


def test_a_whole_log_without_its_guard_gets_a_new_origin(sqlite_place: Place) -> None:
    sqlite_place.fill([entry("a.b")])
    note = keep_newest(sqlite_place)
    (sqlite_place.folder / "guard").unlink()
    result = sqlite_place.run("restore", "--from", note, *WHY)
    assert result.exit_code == 0, result.stderr
    sqlite_place.fill([entry("a.b")])


def test_a_restore_that_was_done_is_not_begun_again_for_a_lost_guard(restored: Place) -> None:
    words = ("restore", "--from", restored.folder / "newest.note", *WHY)
    trusted = restored.trust_file.read_bytes()
    assert restored.run(*words).exit_code == 0
    restored.fill([entry("a.b")])
    restored.trust_file.write_bytes(trusted)  # as it is when the restore was killed before it wrote it
    assert restored.run(*words).exit_code == 0
    assert load_trust(restored.trust_file).origin == "acme/audit/monitoring/2"
    with open_store(restored.url, readonly=True) as store:
        assert len(list(find(store, Query(types=("log.restored",))))) == 1
    restored.trust_file.write_bytes(trusted)
    (restored.folder / "guard").unlink()
    refused = restored.run(*words)
    assert (refused.exit_code, "does not know the log" in refused.stderr) == (4, True)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256))])
def test_a_checkpoint_that_is_none(restored: Place, content: bytes) -> None:
    note = restored.folder / "newest.note"
    note.write_bytes(content)
    result = restored.run("restore", "--from", note, *WHY)
    assert result.exit_code == 4
    assert "note" in result.stderr
