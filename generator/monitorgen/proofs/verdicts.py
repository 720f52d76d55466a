"""What the proofs of a built tree say: findings, and one verdict for every kind of check."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Outcome", "Part", "Result", "Step", "Verdict"]


class Outcome(StrEnum):
    """How a check ended. One that could not run is SKIPPED, never OK."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, in the words of the program that says so.

    `file` is a path below the tree (or as the program was given it), `line` counts from 1 and is 0 where
    none is known, `subject` names the alert, job or module. `test` is the place of a rule test among the
    tests of its file, from 0; None for a finding about the whole file.
    """

    message: str
    file: str = ""
    line: int = 0
    subject: str = ""
    test: int | None = None

    @property
    def place(self) -> str:
        """`file:line: subject`, as far as known."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.subject) if part)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a program came to: whether all is well, all it said, what is wrong, what it warns of.

    The `file` of a finding is the path the program was given.
    """

    ok: bool
    output: str
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def failed(cls, output: str, findings: Iterable[Finding], warnings: Sequence[str] = ()) -> "Result":
        """A failure; without any finding that could be read from the output, all of that is one."""
        found = tuple(findings) or (Finding(output.strip() or "it failed without a word"),)
        return cls(False, output, found, tuple(warnings))


@dataclass(frozen=True, slots=True)
class Part:
    """What one task of a step came to.

    `notes` say what could not be checked, or was stood in for; `skipped` why nothing was checked at all.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of check: independent tasks, each a run of a program, that may go on at the same time.

    `name` is what is checked ("3 rule files"), `command` the program that does, or nothing if we do.
    """

    name: str
    command: str
    tasks: Sequence[Callable[[], Part]]

    def conclude(self, parts: Sequence[Part]) -> "Verdict":
        """The verdict over what all the tasks came to."""
        findings = tuple(dict.fromkeys(finding for part in parts for finding in part.findings))
        notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
        skipped = next((part.skipped for part in parts if part.skipped), "")
        return Verdict(self.name, self.command, findings, notes, skipped)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a step. `skipped` says why it did not run; it is empty when it did."""

    name: str
    command: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def outcome(self) -> Outcome:
        """Failed with a finding, skipped with a reason, and ok otherwise."""
        if self.findings:
            return Outcome.FAILED
        return Outcome.SKIPPED if self.skipped else Outcome.OK
