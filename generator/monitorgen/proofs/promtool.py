"""promtool as functions: what it says of configurations, rules and rule tests, as values.

The forms of its output are those of 2.42 and 3.5 (cmd/promtool/main.go, cmd/promtool/unittest.go).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitorgen.model.versions import Version
from monitorgen.proofs.complaints import by_line, trimmed
from monitorgen.proofs.programs import run, version_of
from monitorgen.proofs.verdicts import Finding, Result

__all__ = ["Promtool"]

_FAILED: Final = "  FAILED:"
_PASSED: Final = "  SUCCESS"
_RULE: Final = re.compile(
    r"(?:(?P<line>\d+):\d+: )?(?:(?P<inner>\d+):\d+: )?"
    r"(?:group \".*?\", rule \d+, \"(?P<rule>.*?)\"(?:, |: ))?"
)


@dataclass(frozen=True, slots=True)
class Promtool:
    """The promtool at `path`."""

    path: Path

    def version(self) -> Version | None:
        """Its version, or None when it does not tell."""
        return version_of(self.path)

    def check_config(self, config: Path, *, syntax_only: bool = False) -> Result:
        """`promtool check config`: one finding for every complaint, with its line where promtool gives one.

        Rule and target files that the configuration names are checked with it, unless `syntax_only`. Lint
        that promtool does not count as a failure is among the warnings.
        """
        flag = "--syntax-only" if syntax_only else "--lint=all"
        done = run(self.path, "check", "config", flag, config, together=True)
        warnings = [
            line.strip().removeprefix("WARNING: ")
            for line in done.output.splitlines()
            if line.startswith("  WARNING:")
        ]
        complaints = list(_failures(done.output))
        if done.code == 0:
            return Result(True, done.output, warnings=(*warnings, *map(trimmed, complaints)))
        findings = (
            finding
            for complaint in complaints
            for finding in by_line(
                complaint.strip().removeprefix(f"parsing YAML file {config}: "), str(config)
            )
        )
        return Result.failed(done.output, findings, warnings)

    def check_rules(self, files: Sequence[Path]) -> Result:
        """`promtool check rules`, its lint included: a finding for every complaint about a rule or a file."""
        done = run(self.path, "check", "rules", "--lint=all", "--lint-fatal", *files, together=True)
        if done.code == 0:
            return Result(True, done.output)
        findings = (
            finding
            for file, text in _by_file(done.output)
            for failure in _failures(text)
            for finding in _in_rules(failure, file)
        )
        return Result.failed(done.output, findings)

    def test_rules(self, files: Sequence[Path]) -> Result:
        """`promtool test rules`: one finding for every file with a test that fails, in promtool's words."""
        done = run(self.path, "test", "rules", *files, together=True)
        if done.code == 0:
            return Result(True, done.output)
        blocks = _tested(done.output)
        if len(blocks) == len(files):
            tested = zip(files, blocks, strict=True)
            return Result.failed(
                done.output, [Finding(said, str(file)) for file, (ok, said) in tested if not ok]
            )
        if len(files) > 1:
            # It ended on the way: ask about each file by itself.
            each = [self.test_rules([file]) for file in files]
            findings = tuple(finding for result in each for finding in result.findings)
            return Result(not findings, done.output, findings)
        return Result.failed(done.output, [Finding(trimmed(done.output), str(files[0]))])


def _failures(output: str) -> Iterator[str]:
    """What follows each `FAILED:`, up to the next line that says how something ended."""
    found: list[str] | None = None
    for line in output.splitlines():
        if line.startswith((_FAILED, _PASSED, " SUCCESS", "Checking ", "  WARNING:")):
            if found is not None:
                yield "\n".join(found)
            found = [line.removeprefix(_FAILED)] if line.startswith(_FAILED) else None
        elif found is not None:
            found.append(line)
    if found is not None:
        yield "\n".join(found)


def _by_file(output: str) -> Iterator[tuple[str, str]]:
    """The output about each file, split where promtool says `Checking FILE`."""
    for part in re.split(r"^Checking ", output, flags=re.MULTILINE)[1:]:
        file, _, text = part.partition("\n")
        yield file, text


def _in_rules(failure: str, file: str) -> Iterator[Finding]:
    """A finding for each line that begins with the file's name, with the lines that belong to it."""
    lead = f"{file}: "
    current: list[str] = []
    for line in [*failure.splitlines(), lead]:
        if line.startswith(lead) and current:
            yield from _in_rule("\n".join(current), file)
            current = []
        if line.strip():
            current.append(line.removeprefix(lead))


def _in_rule(text: str, file: str) -> Iterator[Finding]:
    found = _RULE.match(text)
    assert found is not None  # every part of it is optional
    if not found[0]:
        yield from by_line(text, file)
    else:
        line = int(found["line"] or 0) or int(found["inner"] or 0)
        yield Finding(trimmed(text[found.end() :]), file, line, found["rule"] or "")


def _tested(output: str) -> list[tuple[bool, str]]:
    """Whether the tests of each file passed, in the order of the files, and what was said about it."""
    blocks: list[tuple[bool, list[str]]] = []
    before: list[str] = []
    for line in output.splitlines():
        if line in (_PASSED, _FAILED):
            blocks.append((line == _PASSED, before))
            before = []
        elif line.startswith("  WARNING:"):
            before.append(line)  # said of the file that comes next
        elif blocks and not line.startswith("Unit Testing: "):
            blocks[-1][1].append(line)
    return [(passed, trimmed("\n".join(lines))) for passed, lines in blocks]
