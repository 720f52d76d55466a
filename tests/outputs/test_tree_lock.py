"""The lock of a build folder."""

import fcntl
from pathlib import Path
from typing import IO

import pytest

from monitorgen.outputs.tree_lock import LOCK, locked


def test_only_one_holds_it_and_nothing_stays(tmp_path: Path) -> None:
    with locked(tmp_path, 0) as first, locked(tmp_path, 0) as second:
        assert (first, second) == (True, False)
    with locked(tmp_path, 0) as third:
        assert third
    assert not (tmp_path / LOCK).exists()


def test_a_lock_file_without_a_holder_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(b"")
    with locked(tmp_path, 0) as held:
        assert held


def test_a_lock_on_a_file_that_was_replaced_meanwhile_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    others: list[IO[str]] = []

    def flock_after_another_build(descriptor: int, operation: int) -> None:
        if not others:
            (tmp_path / LOCK).unlink()
            others.append((tmp_path / LOCK).open("w"))
            real(others[0], fcntl.LOCK_EX)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock_after_another_build)
    with locked(tmp_path, 0) as held:
        assert not held
    others[0].close()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / LOCK).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), locked(tmp_path, 0):
        pass
    assert not (tmp_path / "elsewhere").exists()
