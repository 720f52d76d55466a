"""`scripts/servers` says what it takes and, where it cannot help itself, how to go on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checkout import TOP
from tests.support.servers import BINARIES, generations
from tests.support.waiting import free_port


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that holds nothing but the script."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(TOP / "scripts" / "servers", tmp_path / "scripts")
    return tmp_path


def run(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, checkout / "scripts" / "servers"]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def put(folder: Path, version: str) -> Path:
    """A folder of programs that say they are servers of that version."""
    folder.mkdir(parents=True)
    for binary in BINARIES:
        program = folder / binary
        program.write_text(f"#!/bin/sh\necho {binary}, version {version}\n")
        program.chmod(0o755)
    return folder


def test_where_there_is_nothing_it_says_how_to_go_on(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "PATH holds no prometheus, promtool, alertmanager, amtool, blackbox_exporter" in done.stdout
    assert f"into {checkout}/.servers/newest/bin" in done.stdout


def test_where_there_is_no_apt_the_servers_on_path_are_the_newest(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout, PATH=f"{put(tmp_path / 'elsewhere', '3.9.1')}:/nowhere")
    assert done.returncode == 0
    assert "newest: no Debian machine: taking the servers found on PATH" in done.stdout
    assert "oldest: comes as Debian packages only" in done.stdout
    (newest,) = generations(checkout / ".servers")
    assert (newest.name, newest.versions) == ("newest", dict.fromkeys(BINARIES, "3.9.1"))


def test_what_is_in_place_is_left_alone(checkout: Path) -> None:
    put(checkout / ".servers" / "oldest" / "bin", "2.40.0")
    put(checkout / ".servers" / "newest" / "bin", "3.9.1")
    done = run(checkout)
    assert done.returncode == 0
    assert "fetching" not in done.stdout
    found = generations(checkout / ".servers")
    assert [(each.name, each.versions["amtool"]) for each in found] == [
        ("oldest", "2.40.0"),
        ("newest", "3.9.1"),
    ]


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt's messages, so Debian only")
def test_a_mirror_that_does_not_answer(checkout: Path, tmp_path: Path) -> None:
    mirror = f"http://127.0.0.1:{free_port()}/debian"
    (tmp_path / "sources.list").write_text(f"deb {mirror} stable main\n")
    (tmp_path / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{tmp_path}/sources.list"; Dir::Etc::sourceparts "/dev/null";'
        'Acquire::Retries "0";'
    )
    done = run(checkout, APT_CONFIG=str(tmp_path / "apt.conf"))
    assert done.returncode == 1
    assert f"oldest: fetching Debian bookworm from {mirror}" in done.stdout
    assert "apt-get update --error-on=any failed" in done.stdout
    assert f"to go on without the network, put {', '.join(BINARIES)} into" in done.stdout
    assert sorted(path.name for path in (checkout / ".servers").iterdir()) == [".lock"]
