"""`make bench`: how fast and how small the compiler is, beside its baselines, in one run.

Prints tables of medians and ratios. These machines are shared: quote the ratios.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import Figures, alternate, run
from bench.specs import write_mixin, write_spec

HERE = Path(__file__).parent
TOP = HERE.parent
MONITORGEN = Path(sys.executable).with_name("monitorgen")
BASELINE = (sys.executable, "-m", "bench.baselines")

Command = tuple[Callable[[], None], Sequence[str | Path]]


def main() -> None:
    """Runs all of it; the sizes and the number of runs can be chosen."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--services", type=int, nargs="*", default=[100, 1000, 10000], help="sizes of spec")
    options.add_argument("--runs", type=int, default=3, help="runs of each command; medians are shown")
    options.add_argument(
        "--folder", type=Path, help="where to work; by default in memory, if there is a tmpfs"
    )
    chosen = options.parse_args()
    memory = Path("/dev/shm")  # noqa: S108
    parent = chosen.folder or (memory if memory.is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="monitorgen-bench-", dir=parent) as folder:
        work = Path(folder)
        print(f"in {'memory' if parent == memory else 'files'}, medians of {chosen.runs} runs\n")
        for services in chosen.services:
            _size(work, services, chosen.runs)
        _jsonnet(work, chosen.runs)


def _size(work: Path, services: int, runs: int) -> None:
    whole, bare = work / "whole", work / "bare"
    size = write_spec(whole, services)
    write_spec(bare, services, dashboards=False)
    out, plain, built = work / "out", work / "plain", work / "built"
    run((MONITORGEN, "build", whole, "-o", built), work / "log")
    prometheus = built / "prometheus"
    run((*BASELINE, "rules_as_json", prometheus, work / "rules.json"), work / "log")
    commands: dict[str, Command] = {
        "build, everything": (_without(out), (MONITORGEN, "build", whole, "-o", out)),
        "build, no dashboards": (_without(out), (MONITORGEN, "build", bare, "-o", out)),
        "build again, nothing changed": (_nothing, (MONITORGEN, "build", whole, "-o", built)),
        "check alone": (_nothing, (MONITORGEN, "check", whole)),
        "the same files, merely written": (_without(plain), (*BASELINE, "write_files", built, plain)),
        "PyYAML's C dumper, rules only": (
            _without(plain),
            (*BASELINE, "dump_rules", work / "rules.json", plain),
        ),
    }
    if (promtool := _promtool()) is not None:
        rules = sorted(prometheus.glob("rules/*/*.yml"))
        commands["promtool check rules"] = (_nothing, (promtool, "check", "rules", *rules))
    found = alternate(commands, runs, work / "log")
    written = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    print(f"{services} services: {size / 1e6:.1f} MB of spec, {written / 1e6:.1f} MB built")
    _table(found)
    everything, bare_build = found["build, everything"], found["build, no dashboards"]
    _ratio("rebuild / build", found["build again, nothing changed"], everything, 0.2)
    if promtool is not None:
        _ratio("no dashboards / promtool", bare_build, found["promtool check rules"], 1.0)
    print()
    for path in (whole, bare, out, plain, built):
        shutil.rmtree(path, ignore_errors=True)


def _jsonnet(work: Path, runs: int) -> None:
    """Ten thousand alerts and a hundred dashboards of twenty panels, by us and by a jsonnet program."""
    spec, out = work / "mixin", work / "out"
    write_mixin(spec, plain=1660, drawn=100, alerts=17)
    found = alternate(
        {
            "monitorgen build": (_without(out), (MONITORGEN, "build", spec, "-o", out)),
            "rjsonnet": (_without(out), (*BASELINE, "jsonnet", HERE / "mixin.jsonnet", out)),
        },
        runs,
        work / "log",
    )
    print("10,000 alerts of 1,760 services and 100 dashboards of 20 panels")
    _table(found)
    _ratio("monitorgen / rjsonnet", found["monitorgen build"], found["rjsonnet"], 0.5)


def _nothing() -> None:
    """No preparation."""


def _without(folder: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(folder, ignore_errors=True)


def _promtool() -> Path | None:
    local = TOP / ".servers" / "newest" / "bin" / "promtool"
    found = local if local.exists() else shutil.which("promtool")
    return Path(found) if found else None


def _table(found: dict[str, Figures]) -> None:
    for name, figures in found.items():
        print(f"  {name:32}{figures}")


def _ratio(name: str, ours: Figures, theirs: Figures, goal: float) -> None:
    print(
        f"  {name}: {ours.wall / theirs.wall:.2f} of the time, {ours.cpu / theirs.cpu:.2f} of the processor, "
        f"{ours.memory / theirs.memory:.2f} of the memory (goal {goal})"
    )


if __name__ == "__main__":
    main()
