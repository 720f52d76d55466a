"""`monitorgen check` as a program: where it finds the spec, what it exits with, and who sees colours."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import monitorgen

GOOD = """
organization: acme
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
teams: {ops: {notify: {default: [hook]}}}
services: {shop: {team: ops, checks: {home: {type: tcp, host: shop, port: 80, alert: {severity: high}}}}}
"""
WARNED = GOOD.replace(", alert: {severity: high}", "")
BAD = GOOD.replace("team: ops", "team: opps")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitorgen", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


@pytest.mark.parametrize("name", ["spec/a.yaml", "monitorgen.yaml", "monitorgen.yml"])
def test_the_spec_is_found_where_people_put_it(name: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(GOOD)
    result = monitorgen("check")
    assert result.exit_code == 0
    assert result.stderr == "1 alert of 1 service: nothing to complain about\n"
    assert result.stdout == ""


def test_without_a_spec_it_asks_for_one() -> None:
    result = monitorgen("check")
    assert result.exit_code == 2
    assert "there is no spec/ or monitorgen.yaml here" in result.stderr


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        (GOOD, [], 0),
        (GOOD, ["--strict"], 0),
        (WARNED, [], 0),
        (WARNED, ["--strict"], 1),
        (BAD, [], 1),
        (BAD, ["--format", "json"], 1),
        (GOOD, ["--format", "xml"], 2),
        (GOOD, ["--as-of", "tomorrow"], 2),
        (GOOD, ["-e", "staging"], 1),
    ],
)
def test_exit_codes(text: str, arguments: list[str], code: int) -> None:
    Path("monitorgen.yaml").write_text(text)
    assert monitorgen("check", *arguments).exit_code == code


def test_files_given_by_name_are_one_spec() -> None:
    for number, line in enumerate(GOOD.strip().splitlines()):
        Path(f"{number}.yaml").write_text(line + "\n")
    assert monitorgen("check", "0.yaml", "1.yaml", "2.yaml", "3.yaml").exit_code == 0
    assert "there is no team `ops`" in monitorgen("check", "0.yaml", "1.yaml", "3.yaml").stderr


def test_a_reader_that_goes_away_is_no_bug() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "monitorgen", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # before anything is written
        assert process.stderr.read() == ""
    assert process.returncode == 1


BUG = """
import monitorgen.cli.pipeline

def read(paths):
    raise ZeroDivisionError("x")

monitorgen.cli.pipeline.read = read
from monitorgen.cli import main
main()
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_says_so_and_exits_70(debug: str) -> None:
    Path("monitorgen.yaml").write_text(GOOD)
    result = subprocess.run(
        [sys.executable, "-c", BUG, "check"],
        capture_output=True,
        text=True,
        env=os.environ | {"MONITORGEN_DEBUG": debug},
        check=False,
    )
    if debug:
        assert "Traceback" in result.stderr
    else:
        assert result.returncode == 70
        assert result.stderr.startswith("monitorgen has a bug: ZeroDivisionError: x\n")
        assert "Traceback" not in result.stderr


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a person sees: standard error is a terminal."""
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "monitorgen", *arguments],
        stdout=terminal,
        stderr=terminal,
        env={k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment,
    ):
        os.close(terminal)
        seen = b""
        try:
            while data := os.read(main, 4096):
                seen += data
        except OSError:
            pass  # the other end has closed
    os.close(main)
    return seen.decode()


def test_colours_are_for_terminals_whose_owners_want_them() -> None:
    Path("monitorgen.yaml").write_text(BAD)
    assert "\x1b[1;31m" in on_a_terminal("check")
    assert "\x1b" not in on_a_terminal("check", NO_COLOR="1")
    assert "\x1b" not in run("check").stderr


def test_progress_is_for_terminals() -> None:
    Path("monitorgen.yaml").write_text(GOOD)
    assert "\r" in on_a_terminal("build").replace("\r\n", "\n")
    result = run("build", "-o", "other")
    assert "\r" not in result.stderr
    assert result.stderr.count("\n") == 1
