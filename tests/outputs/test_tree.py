"""Writing a build: what is written, what is removed, and what is never touched."""

import os
import resource
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from monitorgen.model.diagnostic import Diagnostic, Severity
from monitorgen.outputs.manifest import MANIFEST, Manifest, parse
from monitorgen.outputs.tree import CODES, Written, is_current, write_tree
from tests.support.trees import snapshot

_MANIFEST = Manifest("0.1.0", "key", {"prometheus": ("2.42", "3.5")}, ("--strict",), {"spec.yaml": "0" * 64})

_FILES = {"prometheus.yml": b"global", "rules/checkout.yml": b"checkout", "rules/deep/ledger.yml": b"ledger"}


def _write(tree: Path, files: dict[str, bytes]) -> Written:
    written = write_tree(tree, files.items(), _MANIFEST)
    assert isinstance(written, Written), written
    return written


def _refused(tree: Path, files: Iterable[tuple[str, bytes]], *codes: str) -> list[Diagnostic]:
    """The diagnostics of a build that is refused for `codes`, and leaves everything as it is."""
    before = snapshot(tree, hidden=True)
    existed = tree.exists()
    found = write_tree(tree, files, _MANIFEST, wait_seconds=0)
    assert isinstance(found, list)
    assert [d.code for d in found] == list(codes)
    assert snapshot(tree, hidden=True) == before
    assert tree.exists() == existed
    return found


def test_a_first_build_makes_the_folder_and_the_manifest(tmp_path: Path) -> None:
    tree = tmp_path / "deep" / "build"

    written = _write(tree, _FILES)

    assert written == Written(tuple(sorted(_FILES)), (), (), (), 20)
    text = (tree / MANIFEST).read_text()
    assert {**_FILES, MANIFEST: text.encode(), "rules": None, "rules/deep": None} == snapshot(
        tree, hidden=True
    )
    manifest = parse(text)
    assert isinstance(manifest, Manifest)
    assert replace(manifest, files={}) == _MANIFEST
    assert manifest.files["prometheus.yml"] == sha256(b"global").hexdigest()
    assert str(tmp_path) not in text


def test_the_same_build_elsewhere_is_the_same_to_the_byte(tmp_path: Path) -> None:
    _write(tmp_path / "a", _FILES)
    _write(tmp_path / "b" / "c", dict(reversed(list(_FILES.items()))))
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b" / "c")


def test_a_second_build_says_what_it_did(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)

    written = _write(
        tmp_path, {"prometheus.yml": b"global", "rules/checkout.yml": b"other", "new.yml": b"new"}
    )

    assert written == Written(
        ("new.yml",), ("rules/checkout.yml",), ("prometheus.yml",), ("rules/deep/ledger.yml",), 14
    )
    assert set(snapshot(tmp_path)) == {MANIFEST, "new.yml", "prometheus.yml", "rules", "rules/checkout.yml"}


def test_what_does_not_change_is_not_touched(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    before = {path: (tmp_path / path).stat() for path in (*_FILES, MANIFEST)}

    written = _write(tmp_path, _FILES)
    _write(tmp_path, {**_FILES, "prometheus.yml": b"other"})

    assert written.unchanged == tuple(sorted(_FILES))
    for path in ("rules/checkout.yml", "rules/deep/ledger.yml"):
        after = (tmp_path / path).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before[path].st_ino, before[path].st_mtime_ns)
    assert (tmp_path / MANIFEST).stat().st_ino != before[MANIFEST].st_ino


def test_a_manifest_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    before = (tmp_path / MANIFEST).stat()
    _write(tmp_path, _FILES)
    assert (tmp_path / MANIFEST).stat().st_ino == before.st_ino


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    theirs = {"rules/deep/theirs.yml": b"", "README.md": b"theirs", ".git/config": b"[core]", "x/.keep": b""}
    for path, content in theirs.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)

    _write(tmp_path, {"a.yml": b"a"})

    found = snapshot(tmp_path)
    assert {path: content for path, content in found.items() if content is not None} == {
        **theirs,
        "a.yml": b"a",
        MANIFEST: (tmp_path / MANIFEST).read_bytes(),
    }


def test_an_edit_by_hand_is_replaced_where_we_still_make_the_file_and_kept_where_not(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    (tmp_path / "prometheus.yml").write_bytes(b"edited")
    (tmp_path / "rules/checkout.yml").write_bytes(b"edited")
    (tmp_path / "rules/deep/ledger.yml").unlink()

    written = _write(tmp_path, {"prometheus.yml": b"new"})

    assert (written.changed, written.removed) == (("prometheus.yml",), ())
    assert [(d.code, d.severity) for d in written.warnings] == [("MG0708", Severity.WARNING)] * 2
    assert f"{tmp_path}/prometheus.yml was edited" in written.warnings[0].message
    assert "rules/checkout.yml is no longer made" in written.warnings[1].message
    assert set(snapshot(tmp_path)) == {MANIFEST, "prometheus.yml", "rules", "rules/checkout.yml"}
    assert _write(tmp_path, {"prometheus.yml": b"new"}).warnings == ()


def test_an_edit_that_is_what_we_make_is_no_edit(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    (tmp_path / "prometheus.yml").write_bytes(b"new")
    assert _write(tmp_path, {**_FILES, "prometheus.yml": b"new"}).warnings == ()


def test_a_foreign_file_in_the_way_stops_everything_unless_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/checkout.yml").write_bytes(b"theirs")
    (tmp_path / "prometheus.yml").write_bytes(b"global")

    [found] = _refused(tmp_path, _FILES.items(), "MG0702")

    assert f"{tmp_path}/rules/checkout.yml is not from an earlier build" in found.message
    (tmp_path / "rules/checkout.yml").write_bytes(b"checkout")
    assert _write(tmp_path, _FILES).unchanged == ("prometheus.yml", "rules/checkout.yml")


def _as_folder(path: Path) -> None:
    path.mkdir()


def _as_link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


def _as_fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("put", "what"), [(_as_folder, "a folder"), (_as_link, "a symbolic link"), (_as_fifo, "a special file")]
)
@pytest.mark.parametrize("was_built", [False, True])
def test_what_is_no_file_is_in_the_way_too(
    put: Callable[[Path], None], what: str, was_built: bool, tmp_path: Path
) -> None:
    if was_built:
        _write(tmp_path, _FILES)
        (tmp_path / "prometheus.yml").unlink()
    put(tmp_path / "prometheus.yml")

    [found] = _refused(tmp_path, _FILES.items(), "MG0702")

    assert f"{what} is in its place" in found.message


def test_a_file_where_we_need_a_folder_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "rules").write_bytes(b"theirs")
    found = _refused(tmp_path, _FILES.items(), "MG0702", "MG0702")
    assert "a file (rules) is in its place" in found[0].message


def test_nothing_is_written_or_removed_through_a_link(tmp_path: Path) -> None:
    tree, outside = tmp_path / "build", tmp_path / "outside"
    _write(tree, _FILES)
    (tree / "rules").rename(outside)
    (tree / "rules").symlink_to(outside)
    before = snapshot(outside)

    _refused(tree, {"rules/checkout.yml": b"new"}.items(), "MG0702")
    written = _write(tree, {"prometheus.yml": b"new"})

    assert written.removed == ()
    assert snapshot(outside) == before


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "build").symlink_to("real")
    _write(tmp_path / "build", _FILES)
    assert (tmp_path / "real/prometheus.yml").read_bytes() == b"global"


@pytest.mark.parametrize(
    "path", ["../a", "/etc/a", "a/../../b", "a//b", "", "./a", "a\x00", "\ud800", "x" * 300, MANIFEST]
)
def test_a_path_that_is_none_is_refused(path: str, tmp_path: Path) -> None:
    [found] = _refused(tmp_path / "build", [("good", b""), (path, b"")], "MG0703")
    assert repr(path) in found.message


def test_no_files_is_an_error(tmp_path: Path) -> None:
    _refused(tmp_path / "deep/build", [], "MG0704")
    _write(tmp_path, _FILES)
    _refused(tmp_path, [], "MG0704")


def test_two_files_of_one_path_are_refused(tmp_path: Path) -> None:
    _refused(tmp_path / "a", [("a", b"1"), ("b", b""), ("a", b"1")], "MG0705")
    [found] = _refused(tmp_path / "b", [("a/b/c", b"1"), ("a/b", b"2"), ("a/bc", b"2")], "MG0705")
    assert "makes the file a/b, and another makes files below a/b/" in found.message


def test_all_findings_are_given_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    _refused(
        tmp_path,
        [("a", b""), ("../b", b""), ("c", b""), ("c", b""), ("d", b"")],
        "MG0702",
        "MG0703",
        "MG0705",
    )


@pytest.mark.parametrize(
    "text", [b"", b"<<<<<<< HEAD\n{}", b'{"name": "app"}', b'{"format": 2}', b"\xff\x00"]
)
def test_a_manifest_that_is_none_of_ours_stops_the_build(text: bytes, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(text)
    [found] = _refused(tmp_path, _FILES.items(), "MG0707")
    assert found.hint


def test_a_manifest_cannot_have_files_outside_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    tree = tmp_path / "build"
    _write(tree, _FILES)
    text = (tree / MANIFEST).read_text()
    digest = sha256(b"precious").hexdigest()
    (tree / MANIFEST).write_text(text.replace('"files": {', f'"files": {{"../precious": "{digest}",'))
    _refused(tree, [("a", b"")], "MG0707")
    assert (tmp_path / "precious").exists()


def test_a_failing_output_leaves_the_tree_as_it_was(tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[str, bytes]]:
        yield ("prometheus.yml", b"new")
        yield ("new.yml", b"new")
        raise ZeroDivisionError

    _write(tmp_path, _FILES)
    before = snapshot(tmp_path, hidden=True)
    with pytest.raises(ZeroDivisionError):
        write_tree(tmp_path, failing(), _MANIFEST)
    with pytest.raises(ZeroDivisionError):
        write_tree(tmp_path / "new" / "build", failing(), _MANIFEST)
    assert snapshot(tmp_path, hidden=True) == before


@pytest.mark.parametrize("place", ["build", "build/below"])
def test_a_target_that_is_a_file(place: str, tmp_path: Path) -> None:
    (tmp_path / "build").write_bytes(b"theirs")
    found = write_tree(tmp_path / place, _FILES.items(), _MANIFEST)
    assert isinstance(found, list)
    assert [d.code for d in found] == ["MG0701"]
    assert "file" in found[0].hint
    assert (tmp_path / "build").read_bytes() == b"theirs"


@contextmanager
def _as_nobody() -> Iterator[Path]:
    """A folder that the user who runs the block owns; that user is never root, who may write anywhere."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for found in folder.rglob("*"):
            found.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("locked", [".", "rules"])
def test_a_folder_without_permission_is_said_and_left_whole(locked: str) -> None:
    with _as_nobody() as tree:
        _write(tree, _FILES)
        (tree / locked).chmod(0o555)

        [found] = _refused(tree, {"prometheus.yml": b"new", "rules/checkout.yml": b"new"}.items(), "MG0701")

        assert found.message == f"{tree} cannot be written: permission denied"
        assert "permission" in found.hint
        (tree / locked).chmod(0o755)


def test_a_disk_that_takes_no_more_is_said_and_the_tree_left_whole(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        files = {"prometheus.yml": b"new", "big": b"x" * 200_000}
        [found] = _refused(tmp_path, files.items(), "MG0701")
        assert "file too large" in found.message
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_second_build_waits_for_the_first_or_gives_up(tmp_path: Path) -> None:
    half, go_on = threading.Event(), threading.Event()

    def slow() -> Iterator[tuple[str, bytes]]:
        yield ("first", b"first")
        half.set()
        assert go_on.wait(120)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(write_tree, tmp_path, slow(), _MANIFEST)
        assert half.wait(120)
        _refused(tmp_path, [("second", b"second")], "MG0706")
        second = threads.submit(write_tree, tmp_path, [("second", b"second")], _MANIFEST, wait_seconds=120)
        go_on.set()
        assert isinstance(first.result(), Written)
        written = second.result()
    assert isinstance(written, Written)
    assert written.removed == ("first",)
    assert set(snapshot(tmp_path, hidden=True)) == {MANIFEST, "second"}


def test_many_builds_at_once_leave_the_tree_of_one(tmp_path: Path) -> None:
    def build(number: int) -> Written | list[Diagnostic]:
        files = {f"common/{n}": f"{number}".encode() for n in range(5)} | {f"own/{number}": b""}
        return write_tree(tmp_path, files.items(), replace(_MANIFEST, key=str(number)), wait_seconds=300)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(build, range(40)))

    assert all(isinstance(result, Written) for result in results)
    manifest = parse((tmp_path / MANIFEST).read_bytes())
    assert isinstance(manifest, Manifest)
    assert is_current(tmp_path, manifest.key)
    assert set(snapshot(tmp_path, hidden=True)) == {*manifest.files, MANIFEST, "common", "own"}


def test_what_a_killed_build_left_is_cleaned_and_nothing_like_it_is(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    (tmp_path / ".monitorgen-lock").write_bytes(b"")
    (tmp_path / ".monitorgen-0123456789ab").mkdir()
    (tmp_path / ".monitorgen-0123456789ab/new-0").write_bytes(b"half a fi")
    (tmp_path / ".monitorgen-0123456789ab/manifest.json").write_bytes(b'{"format": 1, "fil')
    (tmp_path / ".monitorgen-notes").mkdir()

    _write(tmp_path, _FILES)

    names = {path for path in snapshot(tmp_path, hidden=True) if path.startswith(".")}
    assert names == {".monitorgen-notes"}


def test_a_file_system_without_hard_links_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    _write(tmp_path, _FILES)
    assert _write(tmp_path, dict.fromkeys(_FILES, b"new")).changed == tuple(sorted(_FILES))


def test_every_code_is_explained_and_is_of_this_part() -> None:
    assert [code.id for code in CODES] == sorted({f"MG07{number:02}" for number in range(1, 10)})
    assert all(code.why and code.title for code in CODES)
