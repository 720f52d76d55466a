"""The examples: compiled without a word, committed fresh, and taken by both generations of real servers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import get_annotations
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pydantic import BaseModel

from monitorgen.cli.build import command as build
from monitorgen.cli.pipeline import Compiled, compile_all, read
from monitorgen.cli.rendering import rendered
from monitorgen.model.names import ALERTMANAGER_DIR, PROMETHEUS_DIR
from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.programs import find
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.proving import needed, prove
from monitorgen.proofs.stand_ins import Staged, staged
from monitorgen.proofs.verdicts import Outcome
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.channels import CHANNELS
from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.conditions import CONDITIONS
from monitorgen.vocabulary.discovery import DISCOVERIES
from tests.support.checkout import TOP
from tests.support.servers import BINARIES, GENERATIONS, Generation, run_alertmanager, run_prometheus
from tests.support.tally import record_skip

EXAMPLES = tuple(sorted(folder.name for folder in (TOP / "examples").iterdir() if (folder / "spec").is_dir()))

LARGEST = 1_000_000
"""Bytes of a committed tree, at most: people are to read it."""

UNSAID = {
    f"Emit.{output}" for output in ("prometheus", "rules", "rule_tests", "alertmanager", "blackbox")
} | {
    "RelabelStep.modulus",
    "RelabelStep.separator",
    "Failing.check",
    "Failing.window",
}
"""Fields no example needs: none of them switches off what it is written for, or shares out its targets.

`Failing` is what the compiler makes of a check's own alert; no spec can say it.
"""

CERTIFICATE = TOP / "tests" / "channels" / "loopback.pem"
"""A certificate and its key, for every file of a kind that Prometheus reads when it starts."""


@cache
def compiled(example: str) -> tuple[Compiled, ...]:
    """Every environment of an example."""
    return tuple(compile_all(read([TOP / "examples" / example / "spec"])))


@dataclass(frozen=True, slots=True)
class Tree:
    """One environment of an example, built."""

    compiled: Compiled
    built: BuiltTree

    def path(self, file: str) -> Path:
        """Where a file of the tree is."""
        return self.built.path(file)


TREES = [f"{name}/{one.environment}" for name in EXAMPLES for one in compiled(name)]


@pytest.fixture(scope="module", params=TREES)
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Every environment of every example, built in a folder of its own."""
    example, _, environment = request.param.partition("/")
    (one,) = (one for one in compiled(example) if one.environment == environment)
    root = tmp_path_factory.mktemp(f"{example}-{environment}")
    files = dict(rendered(one))
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return Tree(one, BuiltTree(root, tuple(sorted(files))))


def test_there_is_an_example_for_each_of_the_systems() -> None:
    assert EXAMPLES == (
        "acme",
        "cloud-resources",
        "enterprise",
        "iot-platform",
        "monitoring-system",
        "observability",
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_environment_compiles_without_a_word(example: str) -> None:
    assert {one.environment: one.diagnostics for one in compiled(example)} == {
        one.environment: () for one in compiled(example)
    }


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_committed_tree_is_what_the_spec_says(example: str) -> None:
    folder = TOP / "examples" / example
    result = CliRunner().invoke(build, [str(folder / "spec"), "--output", str(folder / "build"), "--check"])
    assert result.exit_code == 0, f"{result.output}\nrun scripts/examples, and look at what it changes"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_committed_tree_is_of_a_size_to_be_read(example: str) -> None:
    files = [file for file in (TOP / "examples" / example / "build").rglob("*") if file.is_file()]
    assert 0 < sum(file.stat().st_size for file in files) < LARGEST


def test_between_them_they_use_every_kind() -> None:
    said = set(_said([one.spec.root for name in EXAMPLES for one in compiled(name) if one.spec]))
    used = {owner for owner, _ in said}
    for kinds in (CONDITIONS, CHANNELS, CHECKS, DISCOVERIES):
        assert {kind for kind in kinds if kind not in used} == set()


def test_between_them_they_use_every_field_but_a_few() -> None:
    said = {
        _declared(kind, field)
        for kind, field in _said([one.spec.root for name in EXAMPLES for one in compiled(name) if one.spec])
    }
    every = {_declared(kind, field) for kind in _models(Model) for field in kind.model_fields}
    assert every - said == UNSAID


def _said(value: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Each model in `value` with each of its fields that the spec gives."""
    if isinstance(value, BaseModel):
        for field in value.model_fields_set:
            yield type(value), field
            yield from _said(getattr(value, field))
    elif isinstance(value, Mapping):
        yield from (found for below in value.values() for found in _said(below))
    elif isinstance(value, list | tuple):
        yield from (found for below in value for found in _said(below))


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in kind.__subclasses__():
        if below.__module__.startswith("monitorgen."):
            yield below
            yield from _models(below)


def _declared(kind: type[BaseModel], field: str) -> str:
    """`Class.field`, with the class that declares the field: what kinds share has to be used once."""
    owner = next((base for base in reversed(kind.__mro__) if field in get_annotations(base)), kind)
    return f"{owner.__name__}.{field}"


# Both generations judge one environment of each example, and they share the others: environments of an
# example differ in numbers, and promtool takes a while for the rules of a large one.
FIRST = [next(tree for tree in TREES if tree.startswith(f"{name}/")) for name in EXAMPLES]
OTHERS = [tree for tree in TREES if tree not in FIRST]
JUDGED = [
    *((generation, tree) for tree in FIRST for generation in GENERATIONS),
    *((GENERATIONS[place % 2], tree) for place, tree in enumerate(OTHERS)),
]


@pytest.mark.parametrize(("generation", "tree"), JUDGED, indirect=True)
def test_the_servers_programs_find_nothing(generation: Generation, tree: Tree) -> None:
    programs = {
        name: path
        for name in needed(tree.built)
        if (path := generation.bin / name if name in BINARIES else find(name))
    }
    proof = prove(tree.built, programs, lambda _said: None)
    for verdict in proof.verdicts:
        for note in verdict.notes:
            if "not compiled" in note:
                record_skip(f"{generation.name}: {note}")
        if verdict.outcome is Outcome.SKIPPED:
            record_skip(f"{verdict.command}: {verdict.skipped}")
    assert [verdict for verdict in proof.verdicts if verdict.outcome is Outcome.FAILED] == []
    ours = {"promtool", "amtool", "blackbox_exporter"}
    assert {
        v.command for v in proof.verdicts if v.outcome is Outcome.SKIPPED and v.command.split()[0] in ours
    } == set()
    assert tree.compiled.plan is not None
    alerts = sum(len(service.alerts) for service in tree.compiled.plan.services)
    untested = {covered.alert.name: covered.untested for covered in proof.coverage.alerts if covered.untested}
    assert len(proof.coverage.alerts) == alerts
    assert untested == _excused(tree.compiled)


def _excused(one: Compiled) -> dict[str, str]:
    """The alerts whose spec says why they have no test, with the reason."""
    assert one.plan is not None
    return {
        alert.name: reason
        for service in one.plan.services
        for alert in service.alerts
        if (reason := getattr(alert.condition, "untested", ""))
    }


ELSEWHERE = {
    # Signing of requests to AWS needs some key from the start; nothing is to get out of here with it.
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "HTTPS_PROXY": "http://127.0.0.1:1",
}
"""What the machine that Prometheus will run on has, and this one lacks."""


def test_prometheus_starts_with_it(
    generation: Generation, tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    config, left_out = _startable(generation, tree, tmp_path)
    for name, count in left_out.items():
        record_skip(f"{generation.name}: prometheus started without {count} {name}, not compiled in")
    wanted = [job["job_name"] for job in yaml.safe_load(config.read_text())["scrape_configs"]]
    groups = [
        group["name"]
        for file in tree.built.below(f"{PROMETHEUS_DIR}/rules", ".yml")
        for group in yaml.safe_load(tree.path(file).read_text())["groups"]
    ]
    with run_prometheus(generation, config, storage=tmp_path / "data") as server:
        loaded = server.get("/api/v1/rules").json()["data"]["groups"]
        running = yaml.safe_load(server.get("/api/v1/status/config").json()["data"]["yaml"])
    assert sorted(group["name"] for group in loaded) == sorted(groups)
    assert [job["job_name"] for job in running["scrape_configs"]] == wanted


def _startable(generation: Generation, tree: Tree, folder: Path) -> tuple[Path, dict[str, int]]:
    """The tree's configuration as this Prometheus can start with it here, and what had to be left out."""
    path = tree.path(f"{PROMETHEUS_DIR}/prometheus.yml")
    content = yaml.safe_load(path.read_text())
    copy = _without_what_is_not_compiled_in(generation, content, path.parent, folder)
    for stand_in in copy.stand_ins.values():
        stand_in.write_bytes(CERTIFICATE.read_bytes())
    started = yaml.safe_load(copy.config.read_text())
    started["rule_files"] = [str(path.parent / pattern) for pattern in content["rule_files"]]
    copy.config.write_text(yaml.safe_dump(started))
    return copy.config, dict(copy.left_out)


def _without_what_is_not_compiled_in(
    generation: Generation, content: dict[str, Any], home: Path, folder: Path
) -> Staged:
    promtool, lacking = Promtool(generation.bin / "promtool"), set[str]()
    while True:
        copy = staged(content, home, folder, lacking)
        said = promtool.check_config(copy.config, syntax_only=True).output
        found = set(re.findall(r"field (\w+_sd_configs) not found", said)) - lacking
        if not found:
            return copy
        lacking |= found


def test_alertmanager_starts_with_it(generation: Generation, tree: Tree, tmp_path: Path) -> None:
    config = tree.path(f"{ALERTMANAGER_DIR}/alertmanager.yml")
    # It reads certificates when it starts, and other secrets when it needs them.
    started = config.with_name("started.yml")
    started.write_text(re.sub(r"\b(ca|cert|key)_file: .*", rf"\1_file: {CERTIFICATE}", config.read_text()))
    with run_alertmanager(generation, started, storage=tmp_path) as server:
        receivers = server.get("/api/v2/receivers").json()
    wanted = yaml.safe_load(config.read_text())["receivers"]
    assert sorted(one["name"] for one in receivers) == sorted(one["name"] for one in wanted)
