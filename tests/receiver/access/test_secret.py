"""Secrets by reference: followed while their files change, and never shown."""

import os
import pickle
import time
from pathlib import Path

import pytest

from monitorgen.vocabulary.secrets import SecretEnv, SecretFile
from monitorgen_exporters.receiver.access import secret as module
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedFile, WatchedSecret


def test_a_file_is_read_without_the_white_space_around_it(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b" \n hunter2\x00\xff \r\n")
    assert WatchedSecret(SecretFile(str(path))).read() == b"hunter2\x00\xff"


def test_a_variable_is_read() -> None:
    secret = WatchedSecret(SecretEnv("TOKEN"), environment={"TOKEN": " hünter2\n"})
    assert secret.read() == "hünter2".encode()


def test_it_is_read_again_when_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "token"
    secret = WatchedSecret(SecretFile(str(path)))
    for text in ("one", "two", "three"):
        path.write_text(text)
        assert secret.read() == text.encode()


def test_it_is_read_again_when_the_same_size_comes_with_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    secret = WatchedSecret(SecretFile(str(path)))
    assert secret.read() == b"one"
    moment = path.stat().st_mtime_ns
    other = tmp_path / "other"
    other.write_text("two")
    os.utime(other, ns=(moment, moment))
    other.replace(path)
    assert secret.read() == b"two"


def test_a_mounted_secret_is_a_link_that_is_turned(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(name)
    link = tmp_path / "now"
    link.symlink_to(tmp_path / "one")
    secret = WatchedSecret(SecretFile(str(link / "token")))
    assert secret.read() == b"one"
    turned = tmp_path / "next"
    turned.symlink_to(tmp_path / "two")
    turned.replace(link)
    assert secret.read() == b"two"


def test_it_is_read_again_when_files_have_coarse_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    clock = [path.stat().st_ctime_ns]
    monkeypatch.setattr(module, "_look", lambda found: (found.st_size, 0, 0, 0, 0))
    monkeypatch.setattr(time, "time_ns", lambda: clock[0])
    fstat = os.fstat

    def held_up(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        clock[0] += 3 * 10**9
        return found

    monkeypatch.setattr(os, "fstat", held_up)
    file = WatchedFile(path)
    assert file.read() == b"one"
    path.write_text("two")
    assert file.read() == b"two"


def test_it_is_not_read_again_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    written = path.stat().st_ctime_ns
    monkeypatch.setattr(time, "time_ns", lambda: written + 3 * 10**9)
    file = WatchedFile(path)
    assert file.read() == b"one"
    monkeypatch.setattr(os, "open", None)
    assert file.read() == b"one"


def test_what_is_gone_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    secret = WatchedSecret(SecretFile(str(path)))
    assert secret.read() == b"one"
    path.unlink()
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        secret.read()
    path.write_text("one")
    assert secret.read() == b"one"


@pytest.mark.parametrize("content", [b"", b" \n\t"])
def test_nothing_is_no_secret(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="holds no secret"):
        WatchedSecret(SecretFile(str(path))).read()


@pytest.mark.parametrize("environment", [{}, {"TOKEN": ""}, {"TOKEN": "  "}])
def test_no_variable_is_no_secret(environment: dict[str, str]) -> None:
    with pytest.raises(Unreadable, match="environment variable TOKEN holds no secret"):
        WatchedSecret(SecretEnv("TOKEN"), environment=environment).read()


def test_what_is_no_file_is_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path, "no regular file"),
        (tmp_path / "pipe", "no regular file"),
        (Path("/dev/zero"), "no regular file"),
        (Path("a\0b"), "embedded null"),
    ):
        with pytest.raises(Unreadable, match=said):
            WatchedSecret(SecretFile(str(path))).read()


def test_a_file_that_is_no_secret_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"a" * 70_000)
    with pytest.raises(Unreadable, match="longer than 65536 bytes"):
        WatchedSecret(SecretFile(str(path))).read()


def test_it_is_not_shown_and_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("hunter2")
    secret = WatchedSecret(SecretFile(str(path)))
    secret.read()
    assert repr(secret) == f"WatchedSecret('{path}')"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
