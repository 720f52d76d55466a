"""Verbs whose reader has gone, or who never had a standard output."""

import os
import subprocess
import sys

import pytest

from tests.audit.people.logs import Place, entry

_VERBS = [("verify",), ("export",), ("search",), ("show", "1"), ("report", "sox"), ("keys", "list")]


def _command(place: Place, verb: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "monitorgen", "audit", *verb, "--config", str(place.config)]


@pytest.mark.parametrize("verb", _VERBS, ids=" ".join)
def test_a_reader_that_has_gone_is_no_tampering(verb: tuple[str, ...], sqlite_place: Place) -> None:
    sqlite_place.fill([entry("a.b")])
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(_command(sqlite_place, verb), stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (4, b"")


@pytest.mark.parametrize("verb", _VERBS, ids=" ".join)
def test_without_standard_output_there_is_no_bug(verb: tuple[str, ...], sqlite_place: Place) -> None:
    sqlite_place.fill([entry("a.b")])
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *_command(sqlite_place, verb)]
    done = subprocess.run(shell, stderr=subprocess.PIPE, text=True, check=False)
    assert "bug" not in done.stderr
    assert done.returncode in ((3,) if verb == ("verify",) else (0, 4))
