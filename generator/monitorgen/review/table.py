"""What was proved of a built tree, for people: what was checked, the alerts with their tests, what failed."""

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitorgen.model.names import SERVICE, SEVERITY
from monitorgen.proofs.coverage import CoveredAlert
from monitorgen.proofs.proving import RULE_TESTS, Proof
from monitorgen.proofs.rule_tests import RuleTest
from monitorgen.proofs.verdicts import Finding, Outcome, Verdict
from monitorgen.review.diagnostics.visible import one_line

__all__ = ["Style", "failed_tests", "not_run", "percent", "table"]

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _RESET = (
    *("\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m"),
    "\x1b[0m",
)
_MARKS = {
    Outcome.OK: ("ok", _GREEN),
    Outcome.FAILED: ("FAILED", _RED),
    Outcome.SKIPPED: ("skipped", _YELLOW),
}
_ALERTS_IN_FULL = 60
"""Above this many alerts, those that are tested and well are only counted, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Style:
    """How to print: in colours or not, how wide, and whether to list every test."""

    color: bool = False
    width: int = 80
    verbose: bool = False

    def paint(self, text: str, paint: str) -> str:
        """`text` in a colour, where colours are wanted."""
        return f"{paint}{text}{_RESET}" if self.color else text


def table(proof: Proof, style: Style) -> str:
    """The whole of it: checks, alerts, failures, and a last line that sums up."""
    parts = [
        "\n".join(_checks(proof.verdicts, style)),
        "\n".join(_alerts(proof, style)),
        *("\n".join(_failures(verdict, style)) for verdict in proof.verdicts if verdict.findings),
        _summary(proof, style),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def failed_tests(proof: Proof) -> frozenset[tuple[str, int | None]]:
    """The tests that failed, as file and place in it; a place of None is a file that failed as a whole."""
    return frozenset(
        (finding.file, finding.test)
        for verdict in proof.verdicts
        if verdict.command == RULE_TESTS
        for finding in verdict.findings
    )


def not_run(proof: Proof) -> str:
    """Why the rule tests were not run; empty when they were."""
    return next((verdict.skipped for verdict in proof.verdicts if verdict.command == RULE_TESTS), "")


def percent(share: float) -> str:
    """A share in percent, cut off and not rounded: nothing but all of it is `100 %`."""
    return f"{int(share * 10) / 10:g} %"


def _checks(verdicts: Sequence[Verdict], style: Style) -> Iterator[str]:
    names = max((len(verdict.name) for verdict in verdicts), default=0)
    for verdict in verdicts:
        word, paint = _MARKS[verdict.outcome]
        name = f"{verdict.name:<{names}}  " if verdict.command else verdict.name
        how = verdict.skipped or verdict.command
        yield f"{style.paint(f'{word:<8}', paint)} {name}{style.paint(how, _DIM) if how else ''}"
        for note in verdict.notes:
            yield from _wrapped(note, style, " " * 9, " " * 11)


def _alerts(proof: Proof, style: Style) -> Iterator[str]:
    failed = failed_tests(proof)
    ran = not not_run(proof)
    covered = proof.coverage.alerts
    wanted = [one for one in covered if one.untested or _failures_of(one, failed)]
    if style.verbose or len(covered) <= _ALERTS_IN_FULL:
        wanted = list(covered)
    by_service: dict[str, list[CoveredAlert]] = defaultdict(list)
    for one in wanted:
        by_service[one.alert.labels.get(SERVICE, one.alert.file)].append(one)
    names = max((len(one.alert.name) for one in wanted), default=0)
    severities = max((len(one.alert.labels.get(SEVERITY, "")) for one in wanted), default=0)
    for service, alerts in by_service.items():
        yield style.paint(one_line(service), _BOLD)
        for one in alerts:
            severity = one.alert.labels.get(SEVERITY, "")
            lead = f"  {one_line(one.alert.name):<{names}}  {one_line(severity):<{severities}}  "
            yield from _alert(one, lead, failed, ran, style)
    if others := len(covered) - len(wanted):
        also = "other " if wanted else ""
        yield f"{_count(others, f'{also}alert')} tested and well (-v lists them)"


def _alert(
    one: CoveredAlert, lead: str, failed: frozenset[tuple[str, int | None]], ran: bool, style: Style
) -> Iterator[str]:
    wrong = _failures_of(one, failed)
    if wrong:
        said = f"{_count(len(one.tests), 'test')}, {len(wrong)} FAILED"
        yield lead + style.paint(said, _RED)
    elif not one.untested:
        yield lead + _count(len(one.tests), "test") + ("" if ran else style.paint(", not run", _YELLOW))
    if one.untested:
        said = f"untested: {one_line(one.untested)}"
        room = style.width - len(lead)
        lines = textwrap.wrap(said, room) if room >= 30 else []
        if lines and not wrong:
            yield lead + style.paint(lines[0], _YELLOW)
            yield from (" " * len(lead) + style.paint(line, _YELLOW) for line in lines[1:])
        else:
            if not wrong:
                yield lead.rstrip()
            yield from (style.paint(line, _YELLOW) for line in _wrapped(said, style, " " * 6, " " * 6))
    if style.verbose:
        for test in one.tests:
            outcome = Outcome.FAILED if test in wrong else Outcome.OK if ran else Outcome.SKIPPED
            word, paint = _MARKS[outcome]
            fires = sum(watch.fires for watch in test.watches)
            quiet = len(test.watches) - fires
            yield f"      {style.paint(word, paint)} {test.file}, test {test.index + 1}: " + style.paint(
                f"fires {fires}, quiet {quiet}", _DIM
            )


def _failures_of(one: CoveredAlert, failed: frozenset[tuple[str, int | None]]) -> list[RuleTest]:
    return [test for test in one.tests if (test.file, test.index) in failed or (test.file, None) in failed]


def _failures(verdict: Verdict, style: Style) -> Iterator[str]:
    yield style.paint(f"FAILED: {verdict.command or verdict.name}", _RED)
    for finding in verdict.findings:
        yield f"  {style.paint(_place(finding), _BOLD)}"
        for line in finding.message.splitlines():
            indent = " " * (4 + len(line) - len(line.lstrip()))
            yield from _wrapped(line.strip(), style, indent, indent + "    ")


def _place(finding: Finding) -> str:
    test = f", test {finding.test + 1}" if finding.test is not None else ""
    return one_line(finding.place) + test


def _summary(proof: Proof, style: Style) -> str:
    covered = proof.coverage
    failed = sum(verdict.outcome is Outcome.FAILED for verdict in proof.verdicts)
    skipped = sum(verdict.outcome is Outcome.SKIPPED for verdict in proof.verdicts)
    words = [f"{failed} of {len(proof.verdicts)} checks FAILED"] if failed else []
    words += [f"{skipped} of {len(proof.verdicts)} checks skipped"] if skipped else []
    outcome = style.paint(", ".join(words), _RED if failed else _YELLOW) if words else "all is well"
    return (
        f"{_count(len(covered.alerts), 'alert')}, {covered.tested} tested "
        f"({percent(covered.percent)}), {_count(len(proof.tests), 'test')}: {outcome}"
    )


def _wrapped(text: str, style: Style, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        one_line(text), style.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
