"""What the servers' own programs have against files, many of them in one call."""

import re
from collections.abc import Sequence
from pathlib import Path

from monitorgen.proofs.programs import run
from tests.support.servers import Generation

__all__ = ["refusals"]

_FAILED = re.compile(r"^(Checking '.*')?  FAILED:", re.MULTILINE)


def refusals(generation: Generation, program: str, *command: str, files: Sequence[Path]) -> list[str]:
    """For each file what `program COMMAND FILES` says of it; empty when the program takes it."""
    if not files:
        return []  # amtool would wait for what is typed
    done = run(generation.bin / program, *command, *files, together=True)
    said = re.split(r"^(?=Checking )", done.output, flags=re.MULTILINE)[1:]
    assert len(said) == len(files), done.output
    for file, text in zip(files, said, strict=True):
        assert text.startswith((f"Checking {file}\n", f"Checking '{file}'  ")), done.output
    answers = [text if _FAILED.search(text) else "" for text in said]
    assert any(answers) == (done.code != 0), done.output
    return answers
