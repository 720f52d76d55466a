"""`monitorgen audit verify`: whether the log is what it was, and what nobody can know."""

import json
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.anchors.base import Anchor
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.guard import Guard
    from monitorgen_exporters.audit.trust import Trust
    from monitorgen_exporters.audit.verify.report import Report

__all__ = ["command"]


@click.command("verify")
@options.log_url
@options.config_file
@options.trust_file
@click.option(
    "--prometheus",
    metavar="URL",
    help="A Prometheus that scrapes the log: what it remembers is compared. Besides what --config names.",
)
@click.option(
    "--checkpoint",
    "kept",
    multiple=True,
    metavar="FILE",
    help="A checkpoint that you kept: a file with its signed note, or with its size and root; "
    "or those two themselves, as 'SIZE ROOT'. May be given several times.",
)
@click.option(
    "--guard",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The signer's own memory of what it signed last. Without it, that of --config, if it is there.",
)
@click.option(
    "--no-anchors",
    is_flag=True,
    help="Ask no place outside: only cosignatures kept in the log, or --checkpoint, can anchor it.",
)
@click.option("--hashes-only", is_flag=True, help="Compare hashes and signatures, not what the records say.")
@click.option(
    "--stale-after",
    metavar="DURATION",
    help="How long a record may be unknown to the anchors: 1h, or what --config says.",
)
@click.option(
    "--seal-within",
    metavar="DURATION",
    help="How long a growing log may go without a checkpoint: 15m, or three times what --config says.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    metavar="COUNT",
    help="How many processes read; as many as there are processors.",
)
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    trust: Path | None,
    prometheus: str | None,
    kept: tuple[str, ...],
    guard: Path | None,
    no_anchors: bool,
    hashes_only: bool,
    stale_after: str | None,
    seal_within: str | None,
    processes: int | None,
    format_: str,
) -> None:
    """Verify the whole log: records, tree, checkpoints, keys, anchors, prunings and erasures.

    Names the first bad position and what is wrong there. The last sentence says what was not proven.

    \b
    Examples:
      monitorgen audit verify --config build/audit/audit.yml
      monitorgen audit verify --log copy.db --trust trust.yml --prometheus http://prometheus:9090
      monitorgen audit verify --log copy.db --trust trust.yml --checkpoint mail.txt
      monitorgen audit verify --log copy.db --trust trust.yml --format json

    \b
    Exit codes:
      0   intact, and a place outside the log says the same
      1   tampered with
      2   the command line is wrong
      3   intact, but nobody outside was compared, or what they know is old
      4   the log or the trust file could not be read
    """
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import log_place, settings_from
    from monitorgen_exporters.audit.verify.as_json import as_json
    from monitorgen_exporters.audit.verify.options import Options
    from monitorgen_exporters.audit.verify.verifier import verify

    settings = settings_from(config)
    place = log_place(log, settings)
    keys = believed(trust, settings.trust if settings else None)
    anchors = [] if no_anchors else _anchors(settings, prometheus, keys)
    anchors += [_kept(said, keys) for said in kept]
    stale = _duration("--stale-after", stale_after, settings.stale_after if settings else 3600.0)
    sealed = max(900.0, 3 * settings.checkpoints.every) if settings else 900.0
    report = verify(
        place,
        keys,
        anchors=anchors,
        guard=_guard(guard, settings),
        options=Options(
            hashes_only=hashes_only,
            processes=processes,
            seal_within=_duration("--seal-within", seal_within, sealed),
            max_anchor_age=stale,
        ),
        progress=_Progress().show,
    )
    if format_ == "json":
        click.echo(json.dumps(as_json(report)))
    else:
        _print(report)
    if report.verdict:
        raise click.exceptions.Exit(int(report.verdict))


_COLOURS = {"good": "green", "bad": "red", "doubtful": "yellow"}


def _print(report: "Report") -> None:
    from monitorgen_exporters.audit.cli.showing import printable
    from monitorgen_exporters.audit.verify.text import lines

    # Without a standard output (`>&-`) there is no object to ask.
    coloured = bool(sys.stdout) and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for text, tone in lines(report):
        shown = printable(text)
        if coloured and tone != "plain":
            shown = click.style(shown, fg=_COLOURS[tone])
        click.echo(shown, color=coloured)


def _duration(option: str, text: str | None, otherwise: float) -> timedelta:
    from monitorgen.model.duration import parse_duration

    seconds = otherwise if text is None else parse_duration(text)
    if seconds is None:
        raise click.UsageError(f"{option} {text}: not a duration such as 30m, 1h or 7d")
    return timedelta(seconds=seconds)


def _guard(path: Path | None, settings: "Settings | None") -> "Guard | None":
    from monitorgen_exporters.audit.guard import Guard

    if path is not None:
        if not path.is_file():
            raise options.Unreadable(f"{path}: there is no guard file")
        return Guard(path)
    with suppress(OSError):  # an auditor's machine has none, or may not look
        if settings is not None and Path(settings.guard).is_file() and os.access(settings.guard, os.R_OK):
            return Guard(settings.guard)
    return None


def _anchors(settings: "Settings | None", prometheus: str | None, trust: "Trust") -> "list[Anchor]":
    from monitorgen_exporters.audit.anchors.http import Endpoint
    from monitorgen_exporters.audit.anchors.planning import Surroundings
    from monitorgen_exporters.audit.anchors.prometheus import PrometheusAnchor
    from monitorgen_exporters.audit.anchors.registry import planned_anchors

    around = Surroundings(trust.origin, lambda old, new: ())  # noqa: ARG005 - proofs are for publishing
    made = [planned.fed(around).anchor for planned in planned_anchors(settings.anchors)] if settings else []
    if prometheus:
        if not prometheus.startswith(("http://", "https://")):
            raise click.UsageError(f"--prometheus {prometheus}: say http://HOST:PORT")
        made.append(PrometheusAnchor("--prometheus", Endpoint(prometheus), around.log))
    return made


def _kept(said: str, trust: "Trust") -> "Anchor":
    """The checkpoint in a file, or the one that is named itself."""
    from monitorgen_exporters.audit.note import MAX_NOTE_BYTES, NoteError
    from monitorgen_exporters.audit.verify.kept import kept_note, kept_root

    name = "--checkpoint"
    try:
        if typed := kept_root(said, name, "as you gave it", trust.origin):
            return typed
    except NoteError as problem:
        raise click.UsageError(f"{name} {said!r:.120}: {problem}") from None
    try:
        with Path(said).open("rb") as file:
            text = file.read(MAX_NOTE_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise options.Unreadable(f"{said!r:.120}: {problem}") from None
    try:
        shown = text.decode(errors="replace")
        return kept_root(shown, name, said, trust.origin) or kept_note(text, name, said)
    except NoteError as problem:
        raise options.Unreadable(f"{said}: {problem}") from None


class _Progress:
    """How far the verifier is, on a terminal's standard error."""

    def __init__(self) -> None:
        from monitorgen.cli.reporting import Progress

        self._line = Progress()

    def show(self, done: int, of: int) -> None:
        """Shows it; clears the line at the end."""
        if done >= of:
            self._line.done()
        else:
            self._line.step(f"verified {done:,} of {of:,} records")
