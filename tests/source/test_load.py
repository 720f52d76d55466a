"""Finding files, naming them, their owners, and everything that can be wrong with a file on disk."""

import hashlib
import os
from pathlib import Path

import pytest

from monitorgen.source.node import plain, span_of
from monitorgen.source.reader import MAX_BYTES
from monitorgen.source.tree import Loaded, load


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def codes(loaded: Loaded) -> list[str]:
    return [d.code for d in loaded.diagnostics]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("spec")
    folder.mkdir()
    return folder


def test_a_directory_tree(spec: Path) -> None:
    write(
        spec,
        {
            "b.yaml": "s: {b: 1}\n",
            "a/z.yml": "s: {a: 2}\n",
            "a.yaml": "t: 3\n",
            "empty.yaml": "# nothing yet\n",
            "notes.txt": "not: read\n",
            ".hidden.yaml": "not: read\n",
            ".git/config.yaml": "not: read\n",
        },
    )
    loaded = load([spec])
    assert loaded.diagnostics == []
    assert loaded.root is not None
    assert plain(loaded.root) == {"s": {"a": "2", "b": "1"}, "t": "3"}
    assert list(loaded.sources) == ["spec/a/z.yml", "spec/a.yaml", "spec/b.yaml", "spec/empty.yaml"]
    assert loaded.files["spec/b.yaml"] == hashlib.sha256(b"s: {b: 1}\n").hexdigest()
    assert span_of(loaded.root, ["s", "b"]).file == "spec/b.yaml"


def test_files_and_directories_are_called_as_given_and_read_once(spec: Path) -> None:
    write(spec, {"a.yaml": "a: 1\n", "b.txt": "b: 2\n"})
    loaded = load([spec, spec / "a.yaml", spec / "b.txt"])
    assert list(loaded.sources) == ["spec/a.yaml", "spec/b.txt"]
    assert loaded.diagnostics == []
    assert list(load([Path()]).sources) == ["spec/a.yaml"]
    assert list(load([spec.resolve()]).sources) == [(spec.resolve() / "a.yaml").as_posix()]


def test_owners(spec: Path) -> None:
    write(
        spec,
        {
            "a.yaml": "owner: payments\na: 1\n",
            "b.yaml": "b: 2\nowner: ' search '\n",
            "c.yaml": "c: 3\n",
            "only.yaml": "owner: ops\n",
            "broken.yaml": "# why\n\nowner: web\nx: [\n",
        },
    )
    loaded = load([spec])
    assert loaded.owners == {
        "spec/a.yaml": "payments",
        "spec/b.yaml": "search",
        "spec/broken.yaml": "web",
        "spec/only.yaml": "ops",
    }
    assert loaded.root is not None
    assert plain(loaded.root) == {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize("owner", ["[a, b]", "{a: b}", "''", "~", ""])
def test_an_owner_is_one_name(spec: Path, owner: str) -> None:
    write(spec, {"a.yaml": f"owner: {owner}\na: 1\n"})
    loaded = load([spec])
    assert codes(loaded) == ["MG0123"]
    assert str(loaded.diagnostics[0].span) == "spec/a.yaml:1:1"


@pytest.mark.parametrize("content", ["- a\n", "text\n", "[a]\n", "a: 1\n---\n- b\n"])
def test_the_top_of_a_file_is_a_map(spec: Path, content: str) -> None:
    write(spec, {"a.yaml": content})
    assert codes(load([spec])) == ["MG0122"]


def test_all_files_are_reported(spec: Path) -> None:
    write(
        spec,
        {
            "a.yaml": "a: 1\na: 2\n",
            "b.yaml": "b: [\n",
            "c.yaml": b"c: \xff\n",
            "d.yaml": "a: 3\nd: 4\n",
            "e.yaml": "- e",
        },
    )
    loaded = load([spec])
    assert codes(loaded) == ["MG0113", "MG0106", "MG0104", "MG0122", "MG0120"]
    assert loaded.root is not None
    assert plain(loaded.root) == {"a": "1", "d": "4"}


def test_no_files(spec: Path) -> None:
    write(spec, {"readme.txt": "x"})
    for paths in ([spec], []):
        loaded = load(paths)
        assert codes(loaded) == ["MG0102"]
        assert loaded.diagnostics[0].span is None
        assert loaded.root is None


def test_missing_paths_and_broken_links(spec: Path) -> None:
    write(spec, {"a.yaml": "a: 1\n"})
    (spec / "gone.yaml").symlink_to("nowhere.yaml")
    loaded = load([spec, Path("missing.yaml"), Path("missing/dir")])
    assert codes(loaded) == ["MG0101", "MG0101", "MG0101"]
    assert {d.span.file for d in loaded.diagnostics if d.span} == {
        "spec/gone.yaml",
        "missing.yaml",
        "missing/dir",
    }
    assert all("No such file" in d.message for d in loaded.diagnostics)


def test_links_in_circles_are_followed_once(spec: Path) -> None:
    write(spec, {"a/a.yaml": "a: 1\n"})
    (spec / "a" / "up").symlink_to(Path("..").resolve() / "spec")
    (spec / "self").symlink_to(".")
    (spec / "again.yaml").symlink_to("a/a.yaml")
    (spec / "loop.yaml").symlink_to("loop.yaml")
    loaded = load([spec])
    assert len(loaded.sources) == 1
    assert codes(loaded) == ["MG0101"]


def test_a_pipe_in_a_directory_does_not_make_us_wait(spec: Path) -> None:
    write(spec, {"a.yaml": "a: 1\n"})
    os.mkfifo(spec / "pipe.yaml")
    assert list(load([spec]).sources) == ["spec/a.yaml"]


def test_an_endless_device_is_too_large() -> None:
    assert codes(load([Path("/dev/zero")])) == ["MG0103"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(spec: Path) -> None:
    write(spec, {"a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n"})
    (spec / "a.yaml").chmod(0)
    (spec / "sub").chmod(0)
    try:
        assert codes(load([spec])) == ["MG0101", "MG0101"]
    finally:
        (spec / "sub").chmod(0o755)


def test_a_file_name_that_is_no_text(spec: Path) -> None:
    try:
        (spec / os.fsdecode(b"\xff.yaml")).write_text("a: 1\n")
    except OSError:
        pytest.skip("the file system takes only text as names")
    loaded = load([spec])
    assert list(loaded.sources) == ["spec/\ufffd.yaml"]
    assert loaded.diagnostics == []


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"a: b\xe4c\n", "MG0104", "spec/a.yaml:1:5"),
        (b"ab\n\xc3\xa9: \xc3(\n", "MG0104", "spec/a.yaml:2:4"),
        ("a: b\n".encode("utf-16"), "MG0104", "spec/a.yaml:1:1"),
        ("a: b\n".encode("utf-16-be"), "MG0104", "spec/a.yaml:1:1"),
        ("a: b\n".encode("utf-32"), "MG0104", "spec/a.yaml:1:1"),
        (b"a: b\0c\n", "MG0105", "spec/a.yaml:1:5"),
        (b"a: b\nc: \x1b[31m\n", "MG0105", "spec/a.yaml:2:4"),
        (b"a: \xef\xbf\xbf\n", "MG0105", "spec/a.yaml:1:4"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "MG0105", "spec/a.yaml:1:1"),
        (b"a" * (MAX_BYTES + 1), "MG0103", "spec/a.yaml:1:1"),
    ],
)
def test_files_that_are_no_text(spec: Path, content: bytes, code: str, place: str) -> None:
    write(spec, {"a.yaml": content})
    loaded = load([spec])
    assert [(d.code, str(d.span)) for d in loaded.diagnostics] == [(code, place)]
    assert loaded.diagnostics[0].hint


def test_a_byte_order_mark_is_no_column(spec: Path) -> None:
    write(spec, {"a.yaml": b"\xef\xbb\xbfa: @\n"})
    assert str(load([spec]).diagnostics[0].span) == "spec/a.yaml:1:4"
