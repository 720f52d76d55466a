"""The probes of a built tree: blackbox_exporter's modules, and the targets that name them."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.names import BLACKBOX_DIR, PROMETHEUS_DIR
from monitorgen.proofs.blackbox import Blackbox
from monitorgen.proofs.built_tree import BuiltTree, as_list, as_map
from monitorgen.proofs.verdicts import Finding, Part

__all__ = ["MODULES", "prove_modules", "prove_probes", "target_files"]

MODULES = f"{BLACKBOX_DIR}/blackbox.yml"
"""blackbox_exporter's configuration in a built tree."""

_PROBERS: Final = frozenset({"dns", "grpc", "http", "icmp", "tcp", "unix"})


def target_files(tree: BuiltTree) -> tuple[str, ...]:
    """The tree's target files of checks."""
    return tree.below(f"{PROMETHEUS_DIR}/targets", ".json")


def prove_modules(blackbox: Blackbox, tree: BuiltTree) -> Part:
    """What blackbox_exporter finds in its configuration, and probers it does not have: those it lets pass."""
    result = blackbox.check_config(tree.path(MODULES))
    findings = [
        Finding(finding.message.replace(f"{tree.root.as_posix()}/", ""), MODULES, finding.line)
        for finding in result.findings
    ]
    for name, module in as_map(tree.yaml(MODULES).get("modules")).items():
        prober = str(as_map(module).get("prober", ""))
        if prober not in _PROBERS:
            findings.append(Finding(f"there is no prober `{prober}`", MODULES, 0, name))
    return Part(tuple(findings))


def prove_probes(tree: BuiltTree) -> Part:
    """That every target names a module there is: a probe by any other answers 400, and nobody learns why."""
    modules = as_map(tree.yaml(MODULES).get("modules"))
    return Part(tuple(finding for file in target_files(tree) for finding in _strays(tree, file, modules)))


def _strays(tree: BuiltTree, file: str, modules: dict[str, object]) -> Iterator[Finding]:
    for entry in map(as_map, as_list(tree.json(file))):
        module = as_map(entry.get("labels")).get("__param_module")
        if module not in modules:
            targets = ", ".join(map(str, as_list(entry.get("targets"))))
            yield Finding(f"there is no module `{module}` in {MODULES}", file, 0, targets)
