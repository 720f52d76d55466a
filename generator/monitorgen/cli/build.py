"""`monitorgen build`: the spec becomes a tree of configuration."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen.cli import options
from monitorgen.cli.freshness import build_key, fresh, mark_fresh
from monitorgen.cli.leaving import keep
from monitorgen.cli.warnings_again import show_again

if TYPE_CHECKING:
    from monitorgen.cli.pipeline import Compiled
    from monitorgen.cli.reporting import Progress

__all__ = ["command"]


def _output(_context: click.Context, _parameter: click.Parameter, value: str) -> Path:
    if not value.strip():
        raise click.BadParameter("give the folder to write; for the current one say `.`")
    return Path(value)


@click.command("build")
@options.spec_paths
@click.option(
    "-o",
    "--output",
    default="build",
    show_default=True,
    type=click.Path(),
    callback=_output,
    help="The folder to write. Files there that monitorgen did not make are never touched.",
)
@options.environment
@click.option(
    "--all-environments",
    is_flag=True,
    help="Build every environment, each into OUTPUT/NAME, and remove those the spec has no more.",
)
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Write nothing; fail if OUTPUT is not exactly what the spec says. For CI.",
)
@click.option("--force", is_flag=True, help="Build even if nothing has changed since the last time.")
@options.strict
@options.diagnostic_format
@options.as_of
def command(
    spec: tuple[Path, ...],
    output: Path,
    environment: str,
    all_environments: bool,
    check_only: bool,
    force: bool,
    strict: bool,
    format_: str,
    as_of: datetime | None,
) -> None:
    """Compile a spec into a tree of configuration.

    Reads SPEC (files or folders) and writes OUTPUT: Prometheus with its rules and their tests,
    Alertmanager, blackbox_exporter, Grafana and Terraform. Nothing is written when the spec has errors.

    \b
    Examples:
      monitorgen build                             spec/ becomes build/
      monitorgen build spec -o out -e staging      with what is different in staging
      monitorgen build --all-environments          build/staging, build/production ...
      monitorgen build --check                     for CI: is build/ what the spec says?
    """
    if environment and all_environments:
        raise click.UsageError("--environment and --all-environments contradict each other")
    if any(path.is_dir() and path.resolve() == output.resolve() for path in spec):
        raise click.UsageError(f"{output} is the folder of the spec: what is built would be read as spec")
    day = as_of.date().isoformat() if as_of else ""
    arguments = _arguments(environment, day)
    key = build_key(spec, arguments)
    # What a tree that is up to date keeps of its warnings is for people, and no failure.
    is_quick = format_ == "text" and not (force or check_only or all_environments or strict)
    if is_quick and key and (manifest := fresh(output, key)) is not None:
        show_again(manifest.warnings, spec)
        click.echo(f"{output} is up to date", err=True)
        return

    from monitorgen.cli.pipeline import compile_all, compile_spec, read
    from monitorgen.cli.reporting import Progress, report

    progress = Progress()
    progress.step("reading the spec")
    loaded = read(spec)
    progress.step("compiling")
    compiled = compile_all(loaded, day) if all_environments else [compile_spec(loaded, environment, day)]
    keep(loaded, compiled)
    progress.done()
    report(compiled, format_)
    if any(one.failed(strict=strict) for one in compiled):
        if format_ == "text":
            click.echo("nothing was written", err=True)
        sys.exit(1)
    failed = False
    for one in compiled:
        target = output / (one.environment or "default") if all_environments else output
        own = _arguments(one.environment, day) if all_environments else arguments
        done = _finish(one, target, own, build_key(spec, own), check_only, format_, progress)
        failed = failed or not done
    if all_environments and (check_only or not failed):
        failed = not _without_abandoned(output, compiled, check_only, format_) or failed
    if failed:
        sys.exit(1)


def _arguments(environment: str, day: str) -> tuple[str, ...]:
    """What of the command line has a say in what is built."""
    said = [f"--environment={environment}"] if environment else []
    said += [f"--as-of={day}"] if day else []
    return tuple(said)


def _finish(
    one: "Compiled",
    target: Path,
    arguments: tuple[str, ...],
    key: str,
    check_only: bool,
    format_: str,
    progress: "Progress",
) -> bool:
    """Writes the tree, or compares it; True when all is well."""
    from monitorgen.cli.rendering import manifest_of, rendered
    from monitorgen.cli.reporting import show
    from monitorgen.outputs.tree import Written, check_tree, write_tree

    files = _counted(rendered(one), progress)
    manifest = manifest_of(one, key, arguments)
    if check_only:
        differences = check_tree(target, files, manifest)
        progress.done()
        show(differences, format_)
        if not differences and format_ == "text":
            click.echo(f"{target} is what the spec says", err=True)
        return not differences
    result = write_tree(target, files, manifest)
    progress.done()
    if not isinstance(result, Written):
        show(result, format_)
        return False
    show(result.warnings, format_)
    mark_fresh(target)
    if format_ == "text":
        click.echo(_summary(target, result), err=True)
    return True


def _without_abandoned(output: Path, compiled: "Sequence[Compiled]", check_only: bool, format_: str) -> bool:
    """Takes away, or tells of, the trees of environments that are no more; True when all is well."""
    from monitorgen.cli.reporting import show
    from monitorgen.model.diagnostic import has_errors
    from monitorgen.outputs.tree import abandoned_tree, remove_build
    from monitorgen.outputs.tree_removal import abandoned

    names = {one.environment or "default" for one in compiled}
    found = []
    for folder in abandoned(output, names, set(compiled[0].loaded.names.values())):
        said = [abandoned_tree(folder)] if check_only else remove_build(folder)
        if format_ == "text" and not has_errors(said):
            click.echo(f"{folder}: removed, the spec has no such environment any more", err=True)
        found += said
    show(found, format_)
    return not has_errors(found)


def _counted(files: Iterator[tuple[str, bytes]], progress: "Progress") -> Iterator[tuple[str, bytes]]:
    for number, file in enumerate(files, start=1):
        progress.step(f"writing {number} files")
        yield file


def _summary(target: Path, result: object) -> str:
    from monitorgen.outputs.tree import Written

    assert isinstance(result, Written)
    total = len(result.added) + len(result.changed) + len(result.unchanged)
    parts = [
        f"{len(paths)} {word}"
        for word, paths in (("new", result.added), ("changed", result.changed), ("removed", result.removed))
        if paths
    ]
    size = f"{result.bytes / 1e6:.1f} MB" if result.bytes >= 100_000 else f"{result.bytes / 1e3:.1f} kB"
    files = "1 file" if total == 1 else f"{total} files"
    return f"{target}: {files}, {size} ({', '.join(parts) or 'nothing changed'})"
