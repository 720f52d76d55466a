"""All proofs of a built tree, run side by side: what there is to prove decides which programs are needed."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from monitorgen.model.names import TERRAFORM_DIR
from monitorgen.proofs.amtool import Amtool
from monitorgen.proofs.blackbox import Blackbox
from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.coverage import Coverage, coverage
from monitorgen.proofs.probes import MODULES, prove_modules, prove_probes, target_files
from monitorgen.proofs.prometheus_config import prove_config
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.routes import ROUTES, Way, prove_ways, ways
from monitorgen.proofs.rule_files import CONFIG, BuiltAlert, alerts_of, prove_loading, prove_rules, rule_files
from monitorgen.proofs.rule_tests import RuleTest, prove_tests, rule_test_files, rule_tests_in
from monitorgen.proofs.terraform import check_format
from monitorgen.proofs.verdicts import Finding, Part, Step, Verdict

__all__ = ["RULE_TESTS", "Proof", "needed", "prove"]

RULE_TESTS = "promtool test rules"
"""The command of the step that runs the rule tests."""

_T = TypeVar("_T")

_PROCESSES = os.cpu_count() or 1
_LARGEST_BATCH = 50
"""Files for one process: enough to forget its start, few enough that the last process is not waited for."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of a tree: a verdict for every kind of check, every test, and the alerts they cover."""

    verdicts: tuple[Verdict, ...]
    tests: tuple[RuleTest, ...]
    coverage: Coverage


def needed(tree: BuiltTree) -> tuple[str, ...]:
    """The programs it takes to prove all of the tree."""
    uses = {
        "promtool": CONFIG in tree.files or rule_files(tree) or rule_test_files(tree),
        "amtool": ROUTES in tree.files,
        "blackbox_exporter": MODULES in tree.files,
        "terraform": tree.below(TERRAFORM_DIR, ".tf"),
    }
    return tuple(name for name, used in uses.items() if used)


def prove(tree: BuiltTree, programs: Mapping[str, Path], tell: Callable[[str], None]) -> Proof:
    """Proves the tree with the programs there are; a check whose program is missing is skipped.

    `tell` is told now and then how far it is.
    """
    verdicts: list[Verdict | Step] = []
    futures: dict[Future[Part], Step] = {}
    alerts: list[BuiltAlert] = []
    with ThreadPoolExecutor(_PROCESSES) as pool:
        try:
            for step in _steps(tree, programs, alerts):
                # The first programs run while the next steps are being worked out.
                verdicts.append(step)
                if isinstance(step, Step):
                    futures |= {pool.submit(task): step for task in step.tasks}
            tests = tuple(test for file in rule_test_files(tree) for test in rule_tests_in(tree, file))
            covered = coverage(tree, alerts, tests)
            for done, future in enumerate(as_completed(futures), start=1):
                tell(f"proved {done} of {len(futures)}: {futures[future].command}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    parts = {future: future.result() for future in futures}
    concluded = tuple(
        step.conclude([part for future, part in parts.items() if futures[future] is step])
        if isinstance(step, Step)
        else step
        for step in verdicts
    )
    return Proof(concluded, tests, covered)


def _steps(
    tree: BuiltTree, programs: Mapping[str, Path], alerts: list[BuiltAlert]
) -> Iterator[Step | Verdict]:
    """Every step of the proof of this tree, the longest first; fills `alerts` on the way."""
    step = partial(_step, programs)
    if tests := rule_test_files(tree):
        name, run = _count(len(tests), "rule test file"), partial(_prove_tests, tree)
        yield step(name, RULE_TESTS, run, _batches(tests))
    if rules := rule_files(tree):
        name, check = _count(len(rules), "rule file"), partial(_prove_rules, tree)
        yield step(name, "promtool check rules", check, _batches(rules))
    if CONFIG in tree.files:
        yield step(CONFIG, "promtool check config", partial(_prove_config, tree), [CONFIG])
        if rules:
            yield Step("each rule file is loaded", "", [partial(prove_loading, tree)])
    for file in rules:
        alerts += alerts_of(tree, file)
    if ROUTES in tree.files:
        yield step(ROUTES, "amtool check-config", partial(_prove_alertmanager, tree), [ROUTES])
        found = ways(tree, alerts)
        name, take = _count(len(found), "way") + " through the routes", partial(_prove_ways, tree)
        yield step(name, "amtool config routes test", take, _batches(found))
    if MODULES in tree.files:
        yield step(MODULES, "blackbox_exporter --config.check", partial(_prove_modules, tree), [MODULES])
        if target_files(tree):
            yield Step("each probe has its module", "", [partial(prove_probes, tree)])
    if files := tree.below(TERRAFORM_DIR, ".tf"):
        name, layout = _count(len(files), "Terraform file"), partial(_prove_terraform, tree)
        yield step(name, "terraform fmt -check", layout, [TERRAFORM_DIR])


def _step(
    programs: Mapping[str, Path],
    name: str,
    command: str,
    prove_one: Callable[[Path, _T], Part],
    items: Iterable[_T],
) -> Step | Verdict:
    """The step that has a program prove each item, or the verdict that there is no such program."""
    program = command.split()[0]
    if (path := programs.get(program)) is None:
        return Verdict(name, command, skipped=f"there is no {program} here")
    return Step(name, command, [partial(prove_one, path, item) for item in items])


def _prove_tests(tree: BuiltTree, promtool: Path, files: Sequence[str]) -> Part:
    return prove_tests(Promtool(promtool), tree, files)


def _prove_rules(tree: BuiltTree, promtool: Path, files: Sequence[str]) -> Part:
    return prove_rules(Promtool(promtool), tree, files)


def _prove_config(tree: BuiltTree, promtool: Path, file: str) -> Part:
    return prove_config(Promtool(promtool), tree, file)


def _prove_alertmanager(tree: BuiltTree, amtool: Path, file: str) -> Part:
    result = Amtool(amtool).check_config(tree.path(file))
    return Part(tuple(Finding(finding.message, file, finding.line) for finding in result.findings))


def _prove_ways(tree: BuiltTree, amtool: Path, some: Sequence[Way]) -> Part:
    return prove_ways(Amtool(amtool), tree, some)


def _prove_modules(tree: BuiltTree, blackbox: Path, _file: str) -> Part:
    return prove_modules(Blackbox(blackbox), tree)


def _prove_terraform(tree: BuiltTree, terraform: Path, folder: str) -> Part:
    check = check_format(tree.path(folder), terraform)
    return Part(tuple(Finding(found.message, folder) for found in check.diagnostics), skipped=check.not_run)


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    size = max(1, min(_LARGEST_BATCH, -(-len(items) // _PROCESSES)))
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
