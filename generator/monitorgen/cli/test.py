"""`monitorgen test`: is the built tree right, by the servers' own programs?"""

import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitorgen.model.versions import Version
    from monitorgen.outputs.manifest import Manifest
    from monitorgen.proofs.built_tree import BuiltTree
    from monitorgen.proofs.proving import Proof
    from monitorgen.proofs.verdicts import Verdict

__all__ = ["command"]

_EPILOG = """
\b
Examples:
  monitorgen test                              the tree in build/
  monitorgen test build --require-coverage 90  nine alerts in ten must have a test
  monitorgen test --bin .servers/oldest/bin    with the oldest servers
  monitorgen test --format junit > report.xml  for a CI system
  monitorgen test --allow-missing              without the programs that are not here

Exit codes: 0 all is well; 1 something failed, or too little is tested; 3 a program is missing.
"""


@click.command("test", epilog=_EPILOG)
@click.argument("build", default="build", type=click.Path(path_type=Path))
@click.option(
    "--bin",
    "folders",
    multiple=True,
    metavar="DIR",
    envvar="MONITORGEN_BIN",
    type=click.Path(path_type=Path),
    help="Look for the programs here first, before PATH. May be given again; MONITORGEN_BIN holds the same.",
)
@click.option("--allow-missing", is_flag=True, help="Skip and count what a missing program would check.")
@click.option(
    "--require-coverage",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail when fewer alerts than this are tested.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="How to print what came of it: for people, for programs, or for CI systems.",
)
@click.option("-v", "--verbose", is_flag=True, help="List every alert and every test.")
def command(
    build: Path,
    folders: tuple[Path, ...],
    allow_missing: bool,
    require_coverage: float | None,
    format_: str,
    verbose: bool,
) -> None:
    """Prove a built tree with the programs of the servers that will load it.

    Reads BUILD, a folder that `monitorgen build` wrote, and nothing else: no spec, no running server.

    \b
    promtool           loads prometheus.yml and the rules, and runs the rule tests
    amtool             loads alertmanager.yml, and says who gets each alert
    blackbox_exporter  loads the modules of the checks
    terraform          looks at the layout of the Terraform modules

    Only the programs that the tree needs have to be there. Prints every alert with its tests, what
    failed in the words of the program that says so, and what share of the alerts is tested.
    """
    tree, manifest, intact = _opened(build)

    from monitorgen.cli.colours import colours
    from monitorgen.cli.reporting import Progress
    from monitorgen.proofs.programs import find, version_of
    from monitorgen.proofs.proving import Proof, needed, prove
    from monitorgen.proofs.verdicts import Outcome

    wanted = needed(tree)
    programs = {name: path for name in wanted if (path := find(name, folders))}
    missing = [name for name in wanted if name not in programs]
    if missing and not allow_missing:
        click.echo(_how_to_get(missing), err=True)
        sys.exit(3)
    progress = Progress()
    versions = {name: version_of(path) for name, path in programs.items()}
    found = prove(tree, programs, progress.step)
    progress.done()
    proof = Proof((intact, *found.verdicts), found.tests, found.coverage)
    problems = _problems(proof, require_coverage)
    _show(proof, versions, manifest, problems, format_, colours(sys.stdout), verbose)
    outcomes = {verdict.outcome for verdict in proof.verdicts}
    if problems or Outcome.FAILED in outcomes:
        sys.exit(1)
    if Outcome.SKIPPED in outcomes and not allow_missing:
        sys.exit(3)


def _opened(build: Path) -> "tuple[BuiltTree, Manifest, Verdict]":
    """The tree, its manifest, and whether its files are those the manifest knows."""
    from monitorgen.outputs.manifest import MANIFEST, Manifest
    from monitorgen.outputs.tree_reading import TreeReader
    from monitorgen.proofs.built_tree import BuiltTree
    from monitorgen.proofs.verdicts import Finding, Verdict

    reader = TreeReader(build)
    manifest = reader.manifest()
    if not isinstance(manifest, Manifest):
        raise click.UsageError(_not_a_tree(build, manifest))
    present, changed, findings = [], [], []
    for file, expected in sorted(manifest.files.items()):
        content = reader.read(file)
        if isinstance(content, bytes):
            present.append(file)
            if sha256(content).hexdigest() != expected:
                changed.append(file)
        else:
            what = f"it is {content.what}" if content else "it is missing"
            findings.append(Finding(f"{what}: build the tree again", file))
    notes = [f"changed since it was built: {', '.join(changed)}"] if changed else []
    verdict = Verdict(f"{len(manifest.files)} files of {MANIFEST}", "", tuple(findings), tuple(notes))
    return BuiltTree(build.resolve(), tuple(present)), manifest, verdict


def _not_a_tree(build: Path, problem: str | None) -> str:
    if problem is not None:
        return f"{build}/manifest.json cannot be used: {problem}. Build the tree again."
    inside = sorted(path.parent for path in build.glob("*/manifest.json"))
    if inside:
        names = ", ".join(map(str, inside))
        return f"{build} holds one tree for every environment: name one of {names}."
    if build.exists():
        return f"{build} is not a tree that monitorgen built (it has no manifest.json)."
    return f"there is no {build}: `monitorgen build` writes it."


def _how_to_get(missing: "Sequence[str]") -> str:
    from monitorgen.proofs.programs import PROGRAMS

    lines = [f"this tree is proved with programs that are not here: {', '.join(missing)}", ""]
    for name in missing:
        program = PROGRAMS[name]
        lines.append(f"  {name}")
        if program.debian:
            lines.append(f"    Debian, Ubuntu: apt install {program.debian}")
        lines.append(f"    elsewhere:      {program.upstream}")
    lines += [
        "",
        "In a checkout of monitorgen, scripts/servers brings those of Prometheus: then say",
        "--bin .servers/newest/bin. --bin DIR (or MONITORGEN_BIN) names any folder with programs;",
        "--allow-missing goes without, and counts what was not checked.",
    ]
    return "\n".join(lines)


def _problems(proof: "Proof", required: float | None) -> tuple[str, ...]:
    from monitorgen.review.table import percent

    covered = proof.coverage
    if required is None or covered.percent >= required:
        return ()
    return (f"{percent(covered.percent)} of the alerts are tested, and {required:g} % are required",)


def _show(
    proof: "Proof",
    versions: "Mapping[str, Version | None]",
    manifest: "Manifest",
    problems: tuple[str, ...],
    format_: str,
    color: bool,
    verbose: bool,
) -> None:
    if format_ == "text":
        from monitorgen.review.table import Style, table

        width = min(shutil.get_terminal_size((80, 24)).columns, 100) if color else 80
        click.echo(_programs(versions, manifest))
        click.echo(table(proof, Style(color, width, verbose)), nl=False, color=True)
        for problem in problems:
            click.echo(problem, err=True)
        return
    from monitorgen.review.proof_formats import proof_json, proof_junit

    text = proof_json(proof, versions, problems) if format_ == "json" else proof_junit(proof, problems)
    click.echo(text, nl=False)


def _programs(versions: "Mapping[str, Version | None]", manifest: "Manifest") -> str:
    """The programs with their versions, and those that the tree was not built for."""
    from monitorgen.model.versions import Version

    servers = {"promtool": "prometheus", "amtool": "alertmanager", "blackbox_exporter": "blackbox_exporter"}
    said = [f"{name} {version or '(of unknown version)'}" for name, version in versions.items()]
    lines = [", ".join(said), ""]
    for name, version in versions.items():
        ends = [Version.parse(text) for text in manifest.compatible_with.get(servers.get(name, ""), ())]
        known = [(end.major, end.minor) for end in ends if end]
        if version and known and not min(known) <= (version.major, version.minor) <= max(known):
            built_for = " to ".join(dict.fromkeys(manifest.compatible_with[servers[name]]))
            lines.insert(-1, f"note: this tree is built for {servers[name]} {built_for}, not for {version}")
    return "\n".join(lines)
