"""Which alerts of a built tree are proved to fire, by which tests, and why the others are not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitorgen.model.names import PROMETHEUS_DIR, UNTESTED_FILE
from monitorgen.proofs.built_tree import BuiltTree, as_list, as_map
from monitorgen.proofs.rule_files import BuiltAlert
from monitorgen.proofs.rule_tests import RuleTest

__all__ = ["UNTESTED", "Coverage", "CoveredAlert", "coverage"]

UNTESTED = f"{PROMETHEUS_DIR}/{UNTESTED_FILE}"
"""Where a tree says which alerts have no test, and why."""

_NO_TEST = "no test in the tree, and no reason given"
_NEVER_FIRES = "its tests never expect it to fire"


@dataclass(frozen=True, slots=True)
class CoveredAlert:
    """An alert with the tests that are about it. `untested` says why it counts as untested, or nothing."""

    alert: BuiltAlert
    tests: tuple[RuleTest, ...]
    untested: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every alert of a tree. An alert is tested when some test expects it to fire."""

    alerts: tuple[CoveredAlert, ...]

    @property
    def tested(self) -> int:
        """How many alerts are tested."""
        return sum(not covered.untested for covered in self.alerts)

    @property
    def percent(self) -> float:
        """The share of alerts that are tested, from 0 to 100; 100 when there are none."""
        return 100.0 * self.tested / len(self.alerts) if self.alerts else 100.0


def coverage(tree: BuiltTree, alerts: Iterable[BuiltAlert], tests: Iterable[RuleTest]) -> Coverage:
    """The coverage of `alerts` by `tests`; the reasons for what is untested come from the tree."""
    by_name: dict[tuple[str, str], list[RuleTest]] = defaultdict(list)
    for test in tests:
        named = {value for watch in test.watches for name, value in watch.labels if name == "alertname"}
        for file in test.rule_files:
            for name in named:
                by_name[file, name].append(test)
    reasons = _reasons(tree)
    return Coverage(
        tuple(_covered(alert, by_name.get((alert.file, alert.name), ()), reasons) for alert in alerts)
    )


def _covered(
    alert: BuiltAlert, candidates: Sequence[RuleTest], reasons: dict[tuple[str, str], str]
) -> CoveredAlert:
    about = {
        test: fires
        for test in candidates
        if (fires := [watch.fires for watch in test.watches if _is_about(watch.labels, alert)])
    }
    if any(map(any, about.values())):
        return CoveredAlert(alert, tuple(about))
    reason = _NEVER_FIRES if about else reasons.get((alert.file, alert.name), "") or _NO_TEST
    return CoveredAlert(alert, tuple(about), reason)


def _is_about(labels: Iterable[tuple[str, str]], alert: BuiltAlert) -> bool:
    own = {**alert.labels, "alertname": alert.name, "alertstate": "firing"}
    return all(own.get(name) == value for name, value in labels)


def _reasons(tree: BuiltTree) -> dict[tuple[str, str], str]:
    if UNTESTED not in tree.files:
        return {}
    listed = map(as_map, as_list(tree.yaml(UNTESTED).get("untested")))
    return {
        (f"{PROMETHEUS_DIR}/{entry.get('rule_file', '')}", str(entry.get("alert", ""))): str(
            entry.get("reason", "")
        )
        for entry in listed
    }
