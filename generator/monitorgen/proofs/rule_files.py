"""The rule files of a built tree: which there are, the alerts in them, and what promtool says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.proofs.built_tree import BuiltTree, as_list, as_map
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.verdicts import Finding, Part

__all__ = ["CONFIG", "BuiltAlert", "alerts_of", "prove_loading", "prove_rules", "rule_files"]

CONFIG = f"{PROMETHEUS_DIR}/prometheus.yml"
"""Prometheus's configuration in a built tree."""


@dataclass(frozen=True, slots=True)
class BuiltAlert:
    """An alerting rule of a built tree: its name, its fixed labels, and the rule file it stands in."""

    name: str
    labels: dict[str, str]
    file: str


def rule_files(tree: BuiltTree) -> tuple[str, ...]:
    """The tree's rule files."""
    return tree.below(f"{PROMETHEUS_DIR}/rules", ".yml")


def alerts_of(tree: BuiltTree, file: str) -> tuple[BuiltAlert, ...]:
    """The alerting rules of a rule file, in its order."""
    rules = (as_map(rule) for group in _groups(tree, file) for rule in as_list(group.get("rules")))
    return tuple(
        BuiltAlert(
            str(rule["alert"]),
            {name: str(value) for name, value in as_map(rule.get("labels")).items()},
            file,
        )
        for rule in rules
        if rule.get("alert")
    )


def _groups(tree: BuiltTree, file: str) -> Iterator[dict[str, object]]:
    return (as_map(group) for group in as_list(tree.yaml(file).get("groups")))


def prove_rules(promtool: Promtool, tree: BuiltTree, files: Sequence[str]) -> Part:
    """What promtool finds in these rule files, its lint included."""
    result = promtool.check_rules([tree.path(file) for file in files])
    root = f"{tree.root.as_posix()}/"
    return Part(
        tuple(
            replace(finding, file=tree.shown(finding.file), message=finding.message.replace(root, ""))
            for finding in result.findings
        )
    )


def prove_loading(tree: BuiltTree) -> Part:
    """That Prometheus loads every rule file of the tree: each has a pattern of `rule_files` that finds it."""
    patterns = [str(pattern).split("/") for pattern in as_list(tree.yaml(CONFIG).get("rule_files"))]
    return Part(
        tuple(
            Finding(f"no pattern of `rule_files` finds {file}", CONFIG)
            for file in rule_files(tree)
            if not any(_finds(pattern, file.split("/")[1:]) for pattern in patterns)
        )
    )


def _finds(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """As Go's filepath.Match does it: `*` stays within one part of the path."""
    return len(pattern) == len(path) and all(map(fnmatchcase, path, pattern))
