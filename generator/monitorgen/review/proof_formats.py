"""What was proved of a built tree, for machines: JSON, and JUnit's XML."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from monitorgen.model.names import SERVICE, SEVERITY
from monitorgen.model.versions import Version
from monitorgen.proofs.coverage import CoveredAlert
from monitorgen.proofs.proving import Proof
from monitorgen.proofs.rule_tests import RuleTest
from monitorgen.proofs.verdicts import Finding, Outcome
from monitorgen.review.table import failed_tests, not_run

__all__ = ["proof_json", "proof_junit"]


def proof_json(proof: Proof, programs: Mapping[str, Version | None], problems: tuple[str, ...]) -> str:
    """The proof as one JSON object. `problems` are failures of the whole, such as too little coverage."""
    failed = failed_tests(proof)
    content = {
        "ok": not problems and all(verdict.outcome is Outcome.OK for verdict in proof.verdicts),
        "problems": list(problems),
        "programs": {name: str(version) if version else None for name, version in programs.items()},
        "checks": [
            {
                "name": verdict.name,
                "command": verdict.command,
                "outcome": str(verdict.outcome),
                "skipped": verdict.skipped,
                "notes": list(verdict.notes),
                "findings": [_finding(finding) for finding in verdict.findings],
            }
            for verdict in proof.verdicts
        ],
        "alerts": [_alert(covered, failed, not not_run(proof)) for covered in proof.coverage.alerts],
        "coverage": {
            "alerts": len(proof.coverage.alerts),
            "tested": proof.coverage.tested,
            "percent": round(proof.coverage.percent, 2),
            "tests": len(proof.tests),
        },
    }
    return json.dumps(content, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line or None,
        "subject": finding.subject,
        "test": finding.test,
        "message": finding.message,
    }


def _alert(covered: CoveredAlert, failed: frozenset[tuple[str, int | None]], ran: bool) -> dict[str, Any]:
    alert = covered.alert
    return {
        "alert": alert.name,
        "service": alert.labels.get(SERVICE, ""),
        "severity": alert.labels.get(SEVERITY, ""),
        "rule_file": alert.file,
        "untested": covered.untested,
        "tests": [
            {"file": test.file, "test": test.index, "ok": not _failed(test, failed) if ran else None}
            for test in covered.tests
        ],
    }


def _failed(test: RuleTest, failed: frozenset[tuple[str, int | None]]) -> bool:
    return (test.file, test.index) in failed or (test.file, None) in failed


def proof_junit(proof: Proof, problems: tuple[str, ...]) -> str:
    """The proof as JUnit's XML: a case for every check, every rule test, and every alert without one."""
    suites = ElementTree.Element("testsuites", name="monitorgen test")
    _suite(suites, "checks", _checks(proof, problems))
    _suite(suites, "rule tests", _tests(proof))
    _suite(suites, "untested alerts", _untested(proof))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, "unicode", xml_declaration=True) + "\n"


def _suite(suites: ElementTree.Element, name: str, cases: Iterator[ElementTree.Element]) -> None:
    suite = ElementTree.SubElement(suites, "testsuite", name=name)
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for word, child in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(word, str(sum(case.find(child) is not None for case in suite)))


def _case(group: str, name: str, failures: str = "", skipped: str = "") -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_xml(group), name=_xml(name))
    if failures:
        ElementTree.SubElement(case, "failure", message=_xml(failures.splitlines()[0])).text = _xml(failures)
    elif skipped:
        ElementTree.SubElement(case, "skipped", message=_xml(skipped))
    return case


def _checks(proof: Proof, problems: tuple[str, ...]) -> Iterator[ElementTree.Element]:
    for verdict in proof.verdicts:
        said = [
            "\n".join(part for part in (finding.place, finding.message) if part)
            for finding in verdict.findings
            if finding.test is None
        ]
        yield _case(verdict.command or "monitorgen", verdict.name, "\n".join(said), verdict.skipped)
    for problem in problems:
        yield _case("monitorgen", "the whole tree", problem)


def _tests(proof: Proof) -> Iterator[ElementTree.Element]:
    said = {
        (finding.file, finding.test): finding.message
        for verdict in proof.verdicts
        for finding in verdict.findings
        if finding.test is not None
    }
    for test in proof.tests:
        name = f"{test.name} (test {test.index + 1})"
        yield _case(test.file, name, said.get((test.file, test.index), ""), not_run(proof))


def _untested(proof: Proof) -> Iterator[ElementTree.Element]:
    for covered in proof.coverage.alerts:
        if covered.untested:
            yield _case(covered.alert.file, covered.alert.name, skipped=covered.untested)


def _xml(text: str) -> str:
    """`text` without the control characters XML has no way to write."""
    return "".join(char if char >= " " or char in "\t\n" else "\ufffd" for char in text)
