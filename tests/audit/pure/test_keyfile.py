"""Key files: made once, readable by their owner alone, and never shown."""

import os
import stat
from pathlib import Path

import pytest

from monitorgen_exporters.audit.keyfile import KeyFileError, from_environment, generate, load
from monitorgen_exporters.audit.note import COSIGNATURE_V1, SigningKey

NAME = "example.org/audit/main/1"


def test_a_key_is_made_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    previous = os.umask(0)
    try:
        key = generate(path, NAME)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path) == key
    assert key.verifier.name == NAME
    witness = generate(tmp_path / "witness.key", "w", COSIGNATURE_V1)
    assert load(tmp_path / "witness.key").verifier == witness.verifier
    assert key.seed != witness.seed


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    generate(path, NAME)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        generate(path, NAME)
    assert path.read_bytes() == before


def test_a_link_cannot_choose_where_a_key_goes(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere", tmp_path / "audit.key"
    link.symlink_to(target)
    with pytest.raises(KeyFileError, match="exists already"):
        generate(link, NAME)
    assert not target.exists()


def test_a_name_that_no_key_can_have_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="no name of a key"):
        generate(tmp_path / "audit.key", "two words")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o601, 0o610])
def test_a_key_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "audit.key"
    generate(path, NAME)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load(tmp_path / "link")


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_mounted_secret_is_a_link_to_a_private_file(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "audit.key"
    key = generate(path, NAME)
    path.chmod(mode)
    (tmp_path / "link").symlink_to("audit.key")
    assert load(tmp_path / "link") == key


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    generate(path, NAME)
    os.chown(path, 12345, -1)
    with pytest.raises(KeyFileError, match="belongs to user 12345"):
        load(path)


def test_what_is_no_file_of_a_key(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        load(tmp_path / "none")
    with pytest.raises(KeyFileError, match="no regular file"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileError, match="no regular file"):
        load(tmp_path / "pipe")
    with pytest.raises(KeyFileError, match="cannot be read"):
        load("a\0b")
    with pytest.raises(KeyFileError, match="cannot be made: No such file"):
        generate(tmp_path / "none" / "audit.key", NAME)
    for body in (b"", b"\xff", b"secret-stuff", b"PRIVATE+KEY+a+b", b"x" * 5000):
        path = tmp_path / "bad"
        path.write_bytes(body)
        path.chmod(0o600)
        with pytest.raises(KeyFileError) as caught:
            load(path)
        assert "secret-stuff" not in str(caught.value)


def test_a_key_from_the_environment() -> None:
    key = SigningKey("k", bytes(range(32)))
    assert from_environment("KEY", {"KEY": key.secret() + "\n"}) == key
    assert from_environment("KEY", {}) is None
    assert from_environment("KEY", {"KEY": ""}) is None
    with pytest.raises(KeyFileError, match="environment variable KEY") as caught:
        from_environment("KEY", {"KEY": "secret-stuff"})
    assert "secret-stuff" not in str(caught.value)
