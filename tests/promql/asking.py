"""What the real promtool says of PromQL expressions, many in one call."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tests.support.servers import Generation

__all__ = ["refusals", "results"]

_REFUSAL = re.compile(r"(\d+)\.yml: (.+)")
_RESULT = re.compile(r'expr: (".*"), time: .*\n\s+exp: nil\n\s+got: (.*)')


def refusals(generation: Generation, expressions: Iterable[str], folder: Path) -> list[str]:
    """For each expression what `promtool check rules` has against it; empty when it takes it."""
    files = []
    for index, expression in enumerate(expressions):
        file = folder / f"{index}.yml"
        rule = {"record": "a", "expr": expression}
        file.write_text(_yaml({"groups": [{"name": "g", "rules": [rule]}]}))
        files.append(file.name)
    answers = [""] * len(files)
    said = generation.promtool("check", "rules", *files, cwd=folder)
    output = said.stdout + said.stderr
    assert output.count("Checking") == len(files)
    for found in _REFUSAL.finditer(output):
        answers[int(found[1])] = found[2]
    return answers


def results(
    generation: Generation, series: dict[str, str], expressions: Iterable[str], folder: Path
) -> dict[str, str]:
    """What Prometheus makes of each expression that gives anything, five minutes into the series."""
    (folder / "rules.yml").write_text("groups: []\n")
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": e, "eval_time": "5m", "exp_samples": []} for e in expressions],
    }
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yml").write_text(_yaml(content))
    said = generation.promtool("test", "rules", "test.yml", cwd=folder)
    return {json.loads(found[1]): found[2] for found in _RESULT.finditer(said.stdout + said.stderr)}


def _yaml(value: object) -> str:
    """JSON that Go's YAML reads: characters as they are, not in surrogate pairs, but for the control ones."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda c: f"\\u{ord(c[0]):04x}", text)
