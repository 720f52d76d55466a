"""Who may import whom: a layer those below it, the compiler never the runtime, and nobody in a circle."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.checkout import TOP

# A layer may import every layer of the rows below it, and none beside it.
ROWS = (
    ("__main__",),
    ("cli",),
    ("review",),
    ("outputs", "proofs"),
    ("lower",),
    ("plan",),
    ("spec",),
    ("vocabulary",),
    ("promql", "source"),
    ("model",),
)
DEPTH = {layer: depth for depth, row in enumerate(ROWS) for layer in row}
ANYBODYS = {"resources"}  # needs nothing of ours, and may be needed by all


def sources() -> dict[str, str]:
    """The text of each of our modules by its dotted name; a package goes by its own name."""
    texts = {}
    for root in ("generator", "exporters"):
        for file in sorted((TOP / root).rglob("*.py")):
            name = ".".join(file.relative_to(TOP / root).with_suffix("").parts)
            texts[name.removesuffix(".__init__")] = file.read_text()
    return texts


def imports(name: str, texts: Mapping[str, str]) -> set[str]:
    """Our modules that module `name` imports by itself, at whatever depth of the text."""
    return {found for found in _named(name, texts) if found in texts and found != name}


def _named(name: str, texts: Mapping[str, str]) -> Iterator[str]:
    is_package = any(other.startswith(f"{name}.") for other in texts)
    for node in ast.walk(ast.parse(texts[name])):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                package = parts[: len(parts) - node.level + is_package]
                base = ".".join([*package, *([node.module] if node.module else [])])
            members = [f"{base}.{alias.name}" for alias in node.names]
            modules = [member for member in members if member in texts]
            yield from modules
            # `from package import module` asks nothing of the package but to find the module.
            if len(modules) < len(members):
                yield base


def faults(texts: Mapping[str, str]) -> list[str]:
    """What the modules do that they may not, in words."""
    graph = {name: imports(name, texts) for name in sorted(texts)}
    found = [
        f"{name} may not import {target}"
        for name, targets in graph.items()
        for target in sorted(targets)
        if not allowed(name, target)
    ]
    found += [
        f"{name} has no place in the order"
        for name in graph
        if name.startswith("monitorgen.") and layer(name) not in DEPTH.keys() | ANYBODYS
    ]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        found.append(f"in a circle: {' -> '.join(reversed(problem.args[1]))}")
    return found


def layer(name: str) -> str:
    """`vocabulary` for monitorgen.vocabulary.checks.http, and nothing for monitorgen itself."""
    return ".".join(name.split(".")[1:2])


def allowed(name: str, target: str) -> bool:
    if name.split(".")[0] == "monitorgen_exporters":
        return True
    if target.split(".")[0] == "monitorgen_exporters":
        return False
    importer, imported = layer(name), layer(target)
    if importer == imported or imported in ANYBODYS:
        return True
    return importer in DEPTH and imported in DEPTH and DEPTH[importer] < DEPTH[imported]


def test_our_modules() -> None:
    texts = sources()
    assert {"monitorgen.model", "monitorgen_exporters"} <= texts.keys()
    assert faults(texts) == []


GOOD = {
    "monitorgen": "",
    "monitorgen.cli": "from monitorgen.review import diff\n",
    "monitorgen.review": "",
    "monitorgen.review.diff": "from . import words\nfrom ..outputs import rules\n",
    "monitorgen.review.words": "import monitorgen.resources\n",
    "monitorgen.outputs": "from monitorgen.outputs.rules import render\n",
    "monitorgen.outputs.rules": "from monitorgen.model.rule import Rule\nimport json\n",
    "monitorgen.proofs": "",
    "monitorgen.promql": "",
    "monitorgen.source": "",
    "monitorgen.model": "",
    "monitorgen.model.rule": "",
    "monitorgen.resources": "",
    "monitorgen_exporters": "from monitorgen.model import rule\n",
}


def test_good_modules_have_no_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("model", "import monitorgen.cli", "monitorgen.model may not import monitorgen.cli"),
        (
            "model.rule",
            "def late():\n    from monitorgen.outputs.rules import render",
            "monitorgen.model.rule may not import monitorgen.outputs.rules",
        ),
        (
            "model.rule",
            "from ..review import diff",
            "monitorgen.model.rule may not import monitorgen.review.diff",
        ),
        (
            "outputs.rules",
            "from .. import proofs",
            "monitorgen.outputs.rules may not import monitorgen.proofs",
        ),
        ("promql", "import monitorgen.source", "monitorgen.promql may not import monitorgen.source"),
        ("source", "import monitorgen.promql", "monitorgen.source may not import monitorgen.promql"),
        ("cli", "import monitorgen_exporters", "monitorgen.cli may not import monitorgen_exporters"),
        ("resources", "import monitorgen.model", "monitorgen.resources may not import monitorgen.model"),
        ("helpers", "", "monitorgen.helpers has no place in the order"),
        (
            "review.words",
            "from monitorgen.review.diff import Diff",
            "in a circle: monitorgen.review.diff -> monitorgen.review.words -> monitorgen.review.diff",
        ),
    ],
)
def test_a_planted_fault_is_found(name: str, text: str, fault: str) -> None:
    assert fault in faults({**GOOD, f"monitorgen.{name}": text})
