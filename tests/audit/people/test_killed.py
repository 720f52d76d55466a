"""`prune`, `erase` and `restore`, killed wherever something is kept: the log stays sound, again finishes."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.trust import load_trust
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.report import Report
from monitorgen_exporters.audit.verify.verifier import verify
from tests.audit.people.logs import ORIGIN, Place, entry
from tests.audit.people.test_prune import aged, bodies
from tests.support.checkout import TOP

ANN = "ann-" * 20 + "@acme.example"
NEXT = "acme/audit/monitoring/2"

Copy = Callable[[Place], Place]


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Gives a copy of a place and of its log, as both are."""

    def copied(place: Place) -> Place:
        folder = tmp_path_factory.mktemp("copy") / "place"
        shutil.copytree(place.folder, folder)
        url = f"sqlite:///{folder / 'log.db'}"
        if not place.url.startswith("sqlite:"):
            url = request.getfixturevalue("postgres").copy_of(place.url)
        made = Place(url, folder, place.key, dict(place.settings))
        made.write(**({"retention": {"keep": "2d", "archive": str(made.archive)}} if made.settings else {}))
        return made

    return copied


def killed(place: Place, copy: Copy, words: Callable[[Place], list[str]]) -> Iterator[Place]:
    """Copies of the place, in each of which the verb was killed, one moment later each time.

    Every third of them on PostgreSQL, which takes as long for few as SQLite does for all. They come in pairs,
    before something and after it, so that a third of them has both.
    """
    for moment in range(1, 200, 1 if place.url.startswith("sqlite:") else 3):
        made = copy(place)
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.audit_killed", str(moment), "audit", *words(made)],
            cwd=TOP,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            assert moment > 10, "there were more moments than that"
            return
        assert done.returncode == -signal.SIGKILL, done.stderr
        yield made
    raise AssertionError("the verb does not end")


def judged(place: Place, *, guard: bool = True) -> Report:
    """The verifier's report, by the origin that the log has now."""
    with open_store(place.url, readonly=True) as store:
        trust = replace(load_trust(place.trust_file), origin=read_state(store).origin)
    asked = Guard(place.folder / "guard") if guard else None
    return verify(place.url, trust, guard=asked, options=Options(processes=1))


def assert_intact(place: Place) -> None:
    report = judged(place)
    assert list(report.findings) == []
    assert report.guard is not None
    assert report.guard.verdict == "agrees"


def prune_words(place: Place) -> list[str]:
    return ["prune", "--operator", "ann", "--config", str(place.config)]


def test_prune(place: Place, copy: Copy) -> None:
    place.write(retention={"keep": "2d", "archive": str(place.archive)})
    place.fill(aged(530, 20))
    place.confirm()
    seen = set()
    for dead in killed(place, copy, prune_words):
        assert_intact(dead)
        with open_store(dead.url, readonly=True) as store:
            seen.add(len(bodies(store)))
        again = dead.run(*prune_words(dead)[:-2])
        assert again.exit_code == 0, again.stderr
        with open_store(dead.url, readonly=True) as store:
            assert bodies(store)[:2] == [0, 512]
            assert read_state(store).first_body == 512
            assert len(list(find(store, Query(types=("log.pruned",))))) == 1
            ((path,),) = store.query("SELECT path FROM audit_archive")
            ((values,),) = store.query("SELECT count(*) FROM audit_personal")
        assert values == 3  # of the records 521, 531 and 541
        assert [str(each) for each in dead.archive.iterdir()] == [path]
        assert dead.run_without_log("verify-archive", path).exit_code == 0
        assert_intact(dead)
    assert len(seen) > 3, "it was killed before, while and after the bodies went"


def erase_words(place: Place) -> list[str]:
    return ["erase", "--value", "email", ANN, "--reason", "request 7", "--config", str(place.config)]


def test_erase(place: Place, copy: Copy) -> None:
    some = [entry("auth.login", personal={"email": ANN, "ip": "192.0.2.1"}) for _ in range(3)]
    place.fill([*some, entry("auth.login")])
    left = set()
    for dead in killed(place, copy, erase_words):
        assert_intact(dead)
        kept = emails(dead)
        left.add(kept)
        again = dead.run(*erase_words(dead)[:-2])
        assert again.exit_code == (0 if kept else 1), again.stderr
        assert emails(dead) == 0
        for file in dead.folder.iterdir():
            assert ANN.encode() not in file.read_bytes(), file
        report = judged(dead)
        assert (list(report.findings), report.erased_fields, report.warnings) == ([], 3, [])
    assert left == {0, 3}, "it was killed before and after the values went"


def emails(place: Place) -> int:
    with open_store(place.url, readonly=True) as store:
        ((count,),) = store.query("SELECT count(*) FROM audit_personal WHERE field = 'email'")
    return int(count)


def restore_words(place: Place) -> list[str]:
    note = str(place.folder / "newest.note")
    return ["restore", "--from", note, "--reason", "disk lost", "--config", str(place.config)]


def test_restore(place: Place, copy: Copy) -> None:
    place.fill([entry("a.b"), entry("a.b")])
    restored = copy(place)
    place.fill([entry("a.b", lost=True)])
    with open_store(place.url, readonly=True) as store:
        (restored.folder / "newest.note").write_bytes(newest_checkpoint(store) or b"")
    shutil.copy(place.folder / "guard", restored.folder / "guard")
    states = set()
    for dead in killed(restored, copy, restore_words):
        states.add(assert_honest(dead))
        trusted = load_trust(dead.trust_file).origin
        again = dead.run(*restore_words(dead)[:-2])
        assert again.exit_code == (0 if trusted == ORIGIN else 4), again.stderr
        assert load_trust(dead.trust_file).origin == NEXT
        assert load_trust(dead.folder / "trust-1.yml").origin == ORIGIN
        with open_store(dead.url, readonly=True) as store:
            assert (read_state(store).origin, read_state(store).size) == (NEXT, 4)
            assert len(list(find(store, Query(types=("log.restored",))))) == 1
        dead.fill([entry("a.b")])
        assert_intact(dead)
    assert states == {(ORIGIN, 3), (NEXT, 4)}


def assert_honest(place: Place) -> tuple[str, int]:
    """Its origin and size, when nothing is wrong in it but what the signer of the old origin misses."""
    assert list(judged(place, guard=False).findings) == []
    with open_store(place.url, readonly=True) as store:
        state = read_state(store)
    kinds = set(judged(place).findings.counts)
    if state.origin == NEXT:
        assert kinds == set()
    else:
        assert (state.size, kinds) == (3, {Kind.ROLLED_BACK})
    return state.origin, state.size


def test_a_killed_prune_leaves_no_part_of_a_segment(sqlite_place: Place) -> None:
    place = sqlite_place
    place.write(retention={"keep": "2d", "archive": str(place.archive)})
    place.fill(aged(300, 0))
    place.confirm()
    place.archive.mkdir()
    name = f"{ORIGIN.replace('/', '-')}-000000000000-000000000256.jsonl.gz"
    (place.archive / f".{name}.77.part").write_bytes(b"half")
    (place.archive / ".of-another.77.part").write_bytes(b"half")
    assert place.run("prune").exit_code == 0
    assert sorted(each.name for each in place.archive.iterdir()) == [".of-another.77.part", name]
