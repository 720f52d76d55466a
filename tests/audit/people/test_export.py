"""`monitorgen audit export`: lines that can be hashed again, and cells that no spreadsheet runs."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.audit.export import CSV_COLUMNS, safe_cell
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.tree import leaf_hash
from tests.audit.people.logs import Place, entry, fill
from tests.support.command_line import monitorgen

RECORDS = [
    entry("alert.firing", incident="=cmd|' /C calc'!A0", severity="high", ünï='a\nb,c"d'),
    entry("auth.login", "user:=HYPERLINK(1)", "auth:web", personal={"email": "ann@acme.example"}),
    entry("silence.created", "user:ann", "silence:1", comment="-2+3"),
]


def exported(url: str, *words: str) -> bytes:
    result = monitorgen("audit", "export", "--log", url, *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes


def test_json_lines_can_be_hashed_again(log_url: str) -> None:
    fill(log_url, RECORDS)
    lines = [json.loads(line) for line in exported(log_url).splitlines()]
    assert [line["position"] for line in lines] == [0, 1, 2]
    for line in lines:
        assert leaf_hash(canonical(line["record"])).hex() == line["leaf"]
    assert b"ann@acme" not in exported(log_url)


def test_personal_values_only_when_asked_for(sqlite_url: str) -> None:
    fill(sqlite_url, RECORDS)
    lines = [json.loads(line) for line in exported(sqlite_url, "--personal").splitlines()]
    assert [line["personal"] for line in lines] == [{}, {"email": "ann@acme.example"}, {}]
    rows = list(csv.DictReader(io.StringIO(exported(sqlite_url, "--personal", "--format", "csv").decode())))
    assert json.loads(rows[1]["personal"]) == {"email": "ann@acme.example"}


def test_csv(log_url: str) -> None:
    fill(log_url, RECORDS)
    text = exported(log_url, "--format", "csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert rows[0]["incident"] == "'=cmd|' /C calc'!A0"
    assert rows[1]["actor"] == "user:=HYPERLINK(1)"
    assert json.loads(rows[0]["data"]) == RECORDS[0].record.data
    assert [row["leaf"] for row in rows] == [leaf_hash(each.body).hex() for each in RECORDS]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_nothing_is_lost(text: str) -> None:
    safe = safe_cell(text)
    assert safe.removeprefix("'") == text.removeprefix("'") or safe == f"'{text}"
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_the_choice_of_records(sqlite_url: str) -> None:
    fill(sqlite_url, RECORDS)
    lines = exported(sqlite_url, "--actor", "user:ann").splitlines()
    assert [json.loads(line)["position"] for line in lines] == [2]
    assert exported(sqlite_url, "--actor", "nobody") == b""


def test_to_a_file_whole_or_not_at_all(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, RECORDS)
    file = tmp_path / "out.jsonl"
    assert exported(sqlite_url, "-o", str(file)) == b""
    assert len(file.read_bytes().splitlines()) == 3
    assert file.stat().st_mode & 0o077 == 0
    again = monitorgen("audit", "export", "--log", sqlite_url, "-o", str(file))
    assert (again.exit_code, "say --force" in again.stderr) == (2, True)
    assert exported(sqlite_url, "-o", str(file), "--force", "--type", "auth") == b""
    assert len(file.read_bytes().splitlines()) == 1
    nowhere = monitorgen("audit", "export", "--log", sqlite_url, "-o", str(tmp_path / "no" / "out"))
    assert nowhere.exit_code == 4
    assert "No such file or directory" in nowhere.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.endswith(".part")) == []


def test_what_belongs_to_the_log_is_not_written_over(sqlite_place: Place) -> None:
    place = sqlite_place
    place.fill(RECORDS)
    before = {path.name: path.read_bytes() for path in place.folder.iterdir() if path.is_file()}
    database = Path(place.url.removeprefix("sqlite:///"))
    (place.folder / "other-name").hardlink_to(database)
    (place.folder / "link").symlink_to(place.trust_file)
    own = [database, Path(f"{database}-wal"), Path(f"{database}-turn"), place.config, place.trust_file]
    own += [place.folder / name for name in ("audit.key", "guard", "guard.lock", "other-name", "link")]
    for file in own:
        result = place.run("export", "--force", "-o", file)
        assert (result.exit_code, "belongs to the log itself" in result.stderr) == (2, True), file
    named = monitorgen("audit", "export", "--log", str(database), "--force", "-o", str(database))
    assert (named.exit_code, "belongs to the log itself" in named.stderr) == (2, True)
    assert {name: (place.folder / name).read_bytes() for name in before} == before
    assert place.run("export", "--force", "-o", place.folder / "out").exit_code == 0


def test_the_archive_is_not_written_to(sqlite_place: Place) -> None:
    place = sqlite_place
    place.write(retention={"keep": "1d", "archive": str(place.archive)})
    place.fill(RECORDS)
    new = place.run("export", "-o", place.archive / "new.jsonl")  # the folder itself is not there yet
    assert (new.exit_code, "belongs to the archive" in new.stderr) == (2, True)
    (place.archive / "deep").mkdir(parents=True)
    segment = place.archive / "segment.jsonl.gz"
    segment.write_bytes(b"a segment")
    (place.folder / "link").symlink_to(segment)
    (place.folder / "other-name").hardlink_to(segment)
    (place.folder / "folder").symlink_to(place.archive)
    names = (
        "link",
        "other-name",
        "folder/new",
        "archive/deep/new",
        "archive/segment.jsonl.gz",
        "archive/new",
    )
    for name in names:
        result = place.run("export", "--force", "-o", place.folder / name)
        assert (result.exit_code, "belongs to the archive" in result.stderr) == (2, True), name
    assert segment.read_bytes() == b"a segment"
    assert sorted(each.name for each in place.archive.iterdir()) == ["deep", "segment.jsonl.gz"]
    assert place.run("export", "-o", place.folder / "archive-of-mine").exit_code == 0


def test_without_settings_the_segments_that_the_log_knows_are_safe(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, RECORDS)
    segment = tmp_path / "segment.jsonl.gz"
    segment.write_bytes(b"a segment")
    with open_store(sqlite_url) as store:
        store.insert("audit_archive", [(0, 256, str(segment), "00", ""), (256, 512, "\0", "00", "")])
        store.execute("UPDATE audit_archive SET path = 7 WHERE from_pos = 256")
    words = ("audit", "export", "--log", sqlite_url, "--force", "-o")
    result = monitorgen(*words, segment)
    assert (result.exit_code, "is an archived segment of the log" in result.stderr) == (2, True)
    assert segment.read_bytes() == b"a segment"
    assert monitorgen(*words, tmp_path / "out").exit_code == 0


def test_memory_does_not_grow_with_the_log(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, [entry("a.b", text="x" * 2000) for _ in range(6000)])
    file = tmp_path / "out.jsonl"
    tracemalloc.start()
    exported(sqlite_url, "-o", str(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.stat().st_size > 12_000_000
    assert peak < 6_000_000
