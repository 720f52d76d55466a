"""The rule tests of a built tree: which alerts each is about, and what promtool says of them."""

import posixpath
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.promql.analysis import Parsed, parse
from monitorgen.proofs.built_tree import BuiltTree, as_list, as_map, load_yaml
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.verdicts import Finding, Part

__all__ = ["RuleTest", "Watch", "prove_tests", "rule_test_files", "rule_tests_in"]

_COMPARED = re.compile(
    r"^expr: .*, time: (?P<time>\w+),\s*\n\s*exp:\s*(?P<expected>.*)\n\s*got:\s*(?P<got>.*)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One expectation of a test: at some time, alerts with these labels fire, or do not."""

    labels: tuple[tuple[str, str], ...]
    fires: bool


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One entry of `tests:`, the `index`th from 0 of `file`; `rule_files` are paths below the tree."""

    file: str
    index: int
    name: str
    rule_files: tuple[str, ...]
    watches: tuple[Watch, ...]


def rule_test_files(tree: BuiltTree) -> tuple[str, ...]:
    """The tree's test files."""
    return tree.below(f"{PROMETHEUS_DIR}/tests", ".test.yml")


def rule_tests_in(tree: BuiltTree, file: str) -> tuple[RuleTest, ...]:
    """The tests in one file, in its order."""
    content = tree.yaml(file)
    folder = posixpath.dirname(file)
    rules = tuple(
        posixpath.normpath(posixpath.join(folder, str(path))) for path in as_list(content.get("rule_files"))
    )
    return tuple(
        RuleTest(file, index, str(test.get("name", "")), rules, tuple(_watches(test)))
        for index, test in enumerate(map(as_map, as_list(content.get("tests"))))
    )


def _watches(test: dict[str, Any]) -> Iterator[Watch]:
    for expected in map(as_map, as_list(test.get("promql_expr_test"))):
        parsed = parse(str(expected.get("expr", "")))
        for selected in parsed.selectors if isinstance(parsed, Parsed) else ():
            if selected.metric == "ALERTS":
                labels = tuple((m.name, m.value) for m in selected.matchers if m.op == "=")
                yield Watch(labels, bool(as_list(expected.get("exp_samples"))))
    for expected in map(as_map, as_list(test.get("alert_rule_test"))):
        fires = bool(as_list(expected.get("exp_alerts")))
        yield Watch((("alertname", str(expected.get("alertname", ""))),), fires)


def prove_tests(promtool: Promtool, tree: BuiltTree, files: Sequence[str]) -> Part:
    """Runs these test files: a finding for every test that fails, or for a file that fails as a whole."""
    result = promtool.test_rules([tree.path(file) for file in files])
    return Part(
        tuple(
            one
            for finding in result.findings
            for one in _single_failures(promtool, tree, replace(finding, file=tree.shown(finding.file)))
        )
    )


def _single_failures(promtool: Promtool, tree: BuiltTree, failure: Finding) -> Iterator[Finding]:
    """The failures of a file, test by test: promtool does not say which of its tests an expectation is in."""
    root = f"{tree.root.as_posix()}/"
    content = as_map(load_yaml(tree.path(failure.file), yaml.CSafeLoader))
    tests = as_list(content.get("tests"))
    home = tree.path(failure.file).parent
    with tempfile.TemporaryDirectory(prefix="monitorgen-") as folder:
        singles = [Path(folder) / f"{index}.yml" for index in range(len(tests))]
        rules = [str(home / str(path)) for path in as_list(content.get("rule_files"))]
        for single, test in zip(singles, tests, strict=True):
            text = yaml.dump(
                content | {"rule_files": rules, "tests": [test]}, Dumper=yaml.CSafeDumper, allow_unicode=True
            )
            single.write_text(text, "utf-8")
        found = promtool.test_rules(singles).findings if singles else ()
    said = {finding.message for finding in found}
    if not found or (len(said) == 1 and len(tests) > 1 and len(found) == len(tests)):
        # No test by itself fails, or all for one reason, as when the rules cannot be read.
        yield replace(failure, message=failure.message.replace(root, ""))
        return
    for finding in found:
        index = int(Path(finding.file).stem) if finding.file.startswith(folder) else None
        name = str(as_map(tests[index]).get("name", "")) if index is not None else ""
        message = _COMPARED.sub(_in_words, finding.message.replace(root, ""))
        yield Finding(message, failure.file, 0, name, index)


def _in_words(found: re.Match[str]) -> str:
    """promtool's comparison of samples, below what it means for an alert."""
    if found["expected"] == "nil":
        return f"after {found['time']} the alert must not fire, but it does:\n{found[0]}"
    if found["got"] == "nil":
        return f"after {found['time']} the alert must fire, but it does not:\n{found[0]}"
    return found[0]
