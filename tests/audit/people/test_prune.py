"""`monitorgen audit prune`: bodies go by the policy, hashes and proofs stay, a kill leaves a sound log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitorgen_exporters.audit import retention
from monitorgen_exporters.audit.archive import verify_segment
from monitorgen_exporters.audit.declared import Pruned
from monitorgen_exporters.audit.entry import Entry
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.audit.store import Store, open_store
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.trust import load_trust
from tests.audit.people.logs import Place, entry


class Killed(BaseException):
    """What ends a run in the middle."""


def days_ago(days: float) -> str:
    at = datetime.now(UTC) - timedelta(days=days)
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def aged(old: int, young: int) -> list[Entry]:
    """Entries of which `old` are five days old; every tenth holds a personal value."""
    made = []
    for n in range(old + young):
        personal = {"email": f"{n}@acme.example"} if n % 10 == 0 else None
        ts = days_ago(5 if n < old else 0.1)
        made.append(entry("auth.login", f"user:{n}", "auth:web", n=n, ts=ts, personal=personal))
    return made


@pytest.fixture
def log(place: Place) -> Place:
    """A log whose records are kept for two days; its first record, of its creation, is young."""
    place.write(retention={"keep": "2d", "archive": str(place.archive)})
    return place


def fill(place: Place, old: int = 600, young: int = 100) -> None:
    place.fill(aged(old, young))
    place.confirm()


def bodies(store: Store) -> list[int]:
    return [pos for (pos,) in store.query("SELECT pos FROM audit_record WHERE body IS NOT NULL ORDER BY pos")]


def test_what_is_old_goes_and_is_archived(log: Place) -> None:
    fill(log)
    with open_store(log.url, readonly=True) as store:
        before = store.query("SELECT pos, id, leaf, chain FROM audit_record ORDER BY pos")
    result = log.run("prune", "--operator", "ann", "--format", "json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert (said["from"], said["to"], said["done"], said["checkpoint"]) == (0, 512, True, 701)
    with open_store(log.url, readonly=True) as store:
        after = store.query("SELECT pos, id, leaf, chain FROM audit_record WHERE pos < 701 ORDER BY pos")
        assert after == before
        assert bodies(store) == [0, *range(512, 702)]
        assert read_state(store).first_body == 512
        assert store.query(
            "SELECT COUNT(*) FROM audit_record WHERE pos BETWEEN 1 AND 511 AND actor <> ''"
        ) == [(0,)]
        left = {field for (field,) in store.query("SELECT value FROM audit_personal")}
        assert left == {f'"{n}@acme.example"'.encode() for n in range(520, 700, 10)}
        (declared,) = find(store, Query(types=("log.pruned",)))
        assert declared.record is not None
        assert declared.record.actor == "user:ann"
        pruned = Pruned.read(declared.record)
    (file,) = log.archive.iterdir()
    assert (pruned.archive, pruned.from_pos, pruned.to_pos, pruned.keep) == (file.name, 0, 512, "2d")
    segment = verify_segment(file, load_trust(log.trust_file))
    assert (segment.start, segment.stop, segment.records, segment.checkpoint_size) == (0, 512, 512, 701)
    shown = log.run("show", "17").output
    assert "pruned: only its hash is kept" in shown
    assert str(file) in shown


def test_an_archive_holds_no_personal_value(log: Place) -> None:
    import gzip

    fill(log)
    log.run("prune")
    (file,) = log.archive.iterdir()
    assert b"@acme.example" not in gzip.decompress(file.read_bytes())


def test_again_and_further(log: Place) -> None:
    fill(log)
    log.run("prune")
    again = log.run("prune")
    assert again.exit_code == 0
    assert "nothing to prune: records are pruned by 256s, and record 601 is to be kept" in again.output
    log.fill([entry("auth.login", ts=days_ago(3)) for _ in range(100)])
    log.write(retention={"keep": "1h", "archive": str(log.archive)})
    log.confirm()
    further = json.loads(log.run("prune", "--format", "json").output)
    assert (further["from"], further["to"]) == (512, 768)
    assert len(list(log.archive.iterdir())) == 2
    with open_store(log.url, readonly=True) as store:
        assert [
            decode(body).type
            for (body,) in store.query("SELECT body FROM audit_record WHERE pos IN (0, 701)")
        ] == [
            "log.created",
            "log.pruned",
        ]


def test_a_dry_run_changes_nothing(log: Place) -> None:
    fill(log)
    result = log.run("prune", "--dry-run")
    assert (result.exit_code, "512 records would go" in result.output) == (0, True)
    with open_store(log.url, readonly=True) as store:
        assert len(bodies(store)) == 701
    assert not log.archive.exists()


def test_less_than_the_policy_allows(log: Place) -> None:
    fill(log)
    assert "nothing to prune" in log.run("prune", "--before", "6d").output
    assert "512 records would go" in log.run("prune", "--before", "1h", "--dry-run").output


def test_what_no_anchor_covers_stays(log: Place) -> None:
    log.fill(aged(300, 0))
    log.confirm()
    log.fill(aged(300, 10))
    result = log.run("prune")
    assert result.exit_code == 1
    assert "256 records pruned" in result.output
    assert "the newest anchored checkpoint covers the first 301 records" in result.stderr


def test_without_any_anchor_a_checkpoint_from_outside_does(log: Place) -> None:
    log.fill(aged(300, 0))
    refused = log.run("prune")
    assert (refused.exit_code, "no anchor has confirmed a checkpoint" in refused.stderr) == (1, True)
    note = log.folder / "kept.note"
    with open_store(log.url, readonly=True) as store:
        note.write_bytes(store.query("SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1")[0][0])
    assert "256 records pruned" in log.run("prune", "--checkpoint", note).output
    note.write_bytes(note.read_bytes().replace(b"301", b"999"))
    assert log.run("prune", "--checkpoint", note).exit_code == 4


@pytest.mark.parametrize("policy", [None, {"keep": "2d"}])
def test_a_policy_is_needed_and_an_archive_is_not(log: Place, policy: dict[str, str] | None) -> None:
    fill(log)
    log.settings.pop("retention")
    log.write(**({"retention": policy} if policy else {}))
    result = log.run("prune")
    if policy is None:
        assert (result.exit_code, "there is no policy" in result.stderr) == (2, True)
    else:
        assert "0 to 511, not archived" in result.output


@pytest.mark.parametrize("where", ["declared", "half"])
def test_interrupted_it_is_finished_by_the_next(
    log: Place, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log)
    finish = retention.finish

    def interrupted(store: Store, said: Pruned, archive: Path | None) -> None:
        if where == "half":
            monkeypatch.setattr(retention, "_BATCH", 100)
            execute, calls = store.execute, []

            def some(sql: str, parameters: object = ()) -> int:
                calls.append(sql)
                if len(calls) == 6:
                    raise Killed
                return execute(sql, parameters)  # type: ignore[arg-type]

            monkeypatch.setattr(store, "execute", some)
            finish(store, said, archive)
        raise Killed

    monkeypatch.setattr(retention, "finish", interrupted)
    with pytest.raises(Killed):
        log.run("prune")
    monkeypatch.undo()
    with open_store(log.url, readonly=True) as store:
        assert len(bodies(store)) > 500
    result = log.run("prune")
    assert "the pruning that was interrupted is done now" in result.stderr
    with open_store(log.url, readonly=True) as store:
        assert bodies(store) == [0, *range(512, 702)]
        assert len(store.query("SELECT path FROM audit_archive")) == 1


def test_a_log_that_is_not_what_was_anchored_is_not_pruned(sqlite_place: Place) -> None:
    log = sqlite_place
    log.write(retention={"keep": "2d", "archive": str(log.archive)})
    fill(log)
    with open_store(log.url) as store:
        store.execute("UPDATE audit_checkpoint SET root = ? WHERE size = 701", [bytes(32)])
    result = log.run("prune")
    assert result.exit_code == 4
    assert "do not give the root that was anchored; nothing was pruned" in result.stderr
    with open_store(log.url, readonly=True) as store:
        assert len(bodies(store)) == 701


def test_verify_archive(log: Place) -> None:
    from tests.support.command_line import monitorgen

    fill(log)
    log.run("prune")
    (file,) = log.archive.iterdir()
    words = ("audit", "verify-archive", "--trust", log.trust_file, file)
    good = monitorgen(*words)
    assert (good.exit_code, "512 records, 0 to 511 of acme/audit/monitoring/1" in good.output) == (0, True)
    assert json.loads(monitorgen(*words, "--format", "json").output)["holds"] is True
    file.write_bytes(file.read_bytes()[:-9])
    bad = monitorgen(*words)
    assert (bad.exit_code, bad.output.startswith("BAD: ")) == (1, True)
    assert monitorgen("audit", "verify-archive", file).exit_code == 2
    assert monitorgen(*words[:-1], log.folder / "none").exit_code == 4
