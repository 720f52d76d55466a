"""Files made to hurt: each ends in its diagnostic, in bounded memory, and never in a traceback or a crash.

Every case runs in a process of its own with a limit on its memory, so that a crash of the C library or a
runaway is seen as such.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitorgen.source.reader import MAX_BYTES

# Far more than any of these takes, and far less than what a runaway would.
TIMEOUT_SECONDS = 180
MEGABYTE = 1024 * 1024
FULL = MAX_BYTES - 100

CHILD = """
import resource, sys
from pathlib import Path
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from monitorgen.review.diagnostics import FORMATS
from monitorgen.source.node import plain
from monitorgen.source.tree import load
loaded = load([Path(sys.argv[2])])
for render in FORMATS.values():
    render(loaded.diagnostics, loaded.sources, {}, True)
if not loaded.diagnostics and loaded.root is not None:
    plain(loaded.root)
print(" ".join(dict.fromkeys(d.code for d in loaded.diagnostics)))
"""


def junk(size: int) -> bytes:
    return random.Random(0).randbytes(size)  # noqa: S311 - the same junk each time


def bomb() -> str:
    lines = ["x0: &x0 [a, b, c, d, e, f, g, h]"]
    lines += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 8)}]" for i in range(1, 30)]
    return "\n".join(lines)


def merge_bomb() -> str:
    lines = ["x0: &x0 {a: b}"]
    lines += [f"x{i}: &x{i} {{<<: [{', '.join([f'*x{i - 1}'] * 8)}], k{i}: v}}" for i in range(1, 30)]
    return "\n".join(lines)


def wide_merges() -> str:
    wide = ", ".join(f"k{i}: v" for i in range(50_000))
    return f"x: &x {{{wide}}}\n" + "".join(f"y{i}: {{<<: *x}}\n" for i in range(1000))


CASES: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "100,000 open brackets": ("MG0107", lambda: "[" * 100_000),
    "a file of open braces": ("MG0107", lambda: "{" * FULL),
    "a file of maps in maps": ("MG0107", lambda: "{a: " * (FULL // 4)),
    "a file of dashes": ("MG0107", lambda: "- " * (FULL // 2)),
    "a file of question marks": ("MG0107", lambda: "? " * (FULL // 2)),
    "ever deeper indentation": ("MG0107", lambda: "".join(" " * i + "a:\n" for i in range(4000))),
    "aliases of aliases": ("MG0109", bomb),
    "merges of merges": ("MG0109", merge_bomb),
    "a thousand wide merges": ("MG0109", wide_merges),
    "a long chain of aliases": (
        "MG0107",
        lambda: "x0: &x0 [x]\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 100_000)),
    ),
    "an anchor in itself": ("MG0111 MG0116", lambda: "x: &x {<<: *x, y: [*x]}\n---\n" * 1000),
    "a flat list of millions": ("MG0108", lambda: "[" + "a," * (FULL // 2) + "]"),
    "thousands of documents": ("MG0108", lambda: "---\n" * (FULL // 4)),
    "one key a million times": ("MG0113 MG0116", lambda: "a: b\n" * 1_000_000),
    "a million unknown aliases": ("MG0110 MG0116", lambda: "[" + "*a," * 1_000_000 + "]"),
    "an endless alias": ("MG0110", lambda: "x: &" + "b" * 1000 + " 1\ny: *" + "a" * 10 * MEGABYTE),
    "directives that are compared with each other": (
        "MG0106",
        lambda: "".join(f"%TAG !{i}! x\n" for i in range(800_000)) + "---\na: b\n",
    ),
    "a tag and then megabytes of space": (
        "",
        lambda: "a: !!map" + " " * MEGABYTE * 5 + "\n" * MEGABYTE + "  b: c",
    ),
    "comments and no owner": ("MG0106", lambda: "# a\r\n" * 1_000_000 + "x: ["),
    "an endless quote": ("MG0106", lambda: 'a: "' + "b\n" * (FULL // 2)),
    "a file of tabs": ("MG0106", lambda: "\t" * FULL),
    "a file of line breaks": ("MG0124", lambda: "\n" * FULL),
    "one endless line": ("MG0122", lambda: "a " * (FULL // 2)),
    "a key of many kilobytes": ("MG0106", lambda: "a" * 100_000 + ": b\n"),
    "100 MB": ("MG0103", lambda: b"a: b\n" * 20 * MEGABYTE),
    "binary junk": ("MG0104", lambda: junk(FULL)),
    "binary junk that is ASCII": (
        "MG0105",
        lambda: bytes(b & 127 for b in junk(MEGABYTE)),
    ),
    "a file of NULs": ("MG0105", lambda: b"\0" * FULL),
}


@pytest.mark.parametrize("name", CASES)
def test_hostile_file(name: str, tmp_path: Path) -> None:
    code, content = CASES[name]
    path = tmp_path / "spec.yaml"
    text = content()
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    limit = 1024 * MEGABYTE
    result = subprocess.run(
        [sys.executable, "-c", CHILD, str(limit), str(path)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip() == code
