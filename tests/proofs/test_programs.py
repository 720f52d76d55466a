"""Finding and running the servers' programs."""

import os
from pathlib import Path

import pytest

from monitorgen.model.versions import Version
from monitorgen.proofs.programs import find, run, version_of


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_first_folder_wins_and_path_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (program(tmp_path / name / "amtool", "") for name in ("one", "two", "three"))
    monkeypatch.setenv("PATH", str(three.parent))
    assert find("amtool") == three
    assert find("amtool", [tmp_path / "nowhere", two.parent, one.parent]) == two
    assert find("promtool", [one.parent]) is None
    one.chmod(0o644)
    assert find("amtool", [one.parent]) == three


def test_debians_name_of_the_blackbox_exporter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    debians = program(tmp_path / "prometheus-blackbox-exporter", "")
    assert find("blackbox_exporter") == debians
    upstreams = program(tmp_path / "blackbox_exporter", "")
    assert find("blackbox_exporter") == upstreams


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    amtool = program(tmp_path / "bin" / "amtool", "")
    monkeypatch.chdir(tmp_path)
    assert find("amtool", [Path("bin")]) == amtool


def test_what_a_program_says(tmp_path: Path) -> None:
    talker = program(tmp_path / "talker", 'echo "$1"; echo two >&2; printf "\\377"; exit 5')
    apart = run(talker, "one")
    assert (apart.code, apart.output, apart.errors) == (5, "one\n\ufffd", "two\n")
    assert run(talker, "one", together=True).output == "one\ntwo\n\ufffd"


def test_programs_that_cannot_run(tmp_path: Path) -> None:
    assert run(tmp_path / "nothing").code == 127
    nonsense = program(tmp_path / "nonsense", "")
    nonsense.write_bytes(b"\x7fELF nonsense")
    assert "cannot run" in run(nonsense).output
    slow = program(tmp_path / "slow", "exec sleep 60")
    stopped = run(slow, seconds=0.2)
    assert stopped.code == 124
    assert "was still running" in stopped.output


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("echo 'promtool, version 3.5.3+ds1 (branch: x)'", Version(3, 5, 3)),
        ("echo 'amtool, version 0.25.0 (branch: x)' >&2", Version(0, 25, 0)),
        ("echo 'Terraform v1.11.4'", Version(1, 11, 4)),
        ("echo 'no idea'", None),
        ("echo 'version 1.2.3'; exit 1", None),
    ],
)
def test_versions(tmp_path: Path, said: str, version: Version | None) -> None:
    assert version_of(program(tmp_path / "it", said)) == version


def test_go_is_told_to_be_frugal_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows = program(tmp_path / "shows", 'echo "$GOMAXPROCS $GOGC $HOME"')
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.setenv("GOMAXPROCS", "7")
    assert run(shows).output == f"7 400 {os.environ.get('HOME', '')}\n"
