"""`monitorgen audit checkpoint`: what the log has signed, and what places outside hold of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from monitorgen_exporters.audit.anchors.status import LogStatus
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.store import Store

__all__ = ["command"]


@click.group("checkpoint")
def command() -> None:
    """Show, sign and publish checkpoints: how far the log has come, and its root there.

    \b
    Examples:
      monitorgen audit checkpoint status --config build/audit/audit.yml
      monitorgen audit checkpoint publish --config build/audit/audit.yml
      monitorgen audit checkpoint serve --config build/audit/audit.yml --listen 127.0.0.1:9464
    """


@command.command("show")
@options.log_url
@options.config_file
@click.option("--size", type=click.IntRange(min=0), help="The one of this size. Without it, the newest.")
def show(log: str | None, config: Path | None, size: int | None) -> None:
    """Print a signed checkpoint as it is kept, with the cosignatures of witnesses.

    \b
    Exit codes:
      0   printed
      1   there is none
      2   the command line is wrong
      4   the log could not be read
    """
    from monitorgen_exporters.audit.store.records import read_state

    with _store(log, config, readonly=True) as (store, _):
        where, values = ("", ()) if size is None else (" AND size = ?", (size,))
        found = store.query(
            f"SELECT note FROM audit_checkpoint WHERE origin = ?{where} ORDER BY size DESC LIMIT 1",  # noqa: S608
            (read_state(store).origin, *values),
        )
    if not found:
        click.echo("the log has no such checkpoint", err=True)
        raise click.exceptions.Exit(1)
    click.echo(bytes(found[0][0]), nl=False)


@command.command("status")
@options.log_url
@options.config_file
@options.output_format
def status(log: str | None, config: Path | None, format_: str) -> None:
    """Print what no checkpoint covers yet, and how far each anchor has come.

    This is what the log believes of its anchors; what they really hold is for `monitorgen audit verify`. The
    times are the database's own notes, too: no checkpoint's signature covers one.
    """
    from monitorgen_exporters.audit.anchors.status import read_status

    with _store(log, config, readonly=True) as (store, settings):
        found = read_status(store, _fed(store, settings))
    if format_ == "json":
        click.echo(json.dumps(_as_json(found)))
    else:
        for line in _lines(found):
            click.echo(line)


@command.command("issue")
@options.log_url
@options.config_file
def issue(log: str | None, config: Path | None) -> None:
    """Sign a checkpoint over all records now, unless there is one, and print it."""
    from monitorgen_exporters.audit.opening import open_log

    settings = _settings(config)
    with open_log(settings, url=log, background=False) as opened:
        note = opened.checkpoint()
    click.echo(note or b"", nl=False)


@command.command("publish")
@options.log_url
@options.config_file
@click.option("--anchor", "names", multiple=True, metavar="NAME", help="Only to this anchor.")
@options.output_format
def publish(log: str | None, config: Path | None, names: tuple[str, ...], format_: str) -> None:
    """Send the newest checkpoint to every anchor that does not hold it, without waiting for its interval.

    \b
    Exit codes:
      0   all of them hold it
      1   an anchor holds another history of the log
      2   the command line is wrong
      4   an anchor could not be reached, or the log not read
    """
    from monitorgen_exporters.audit.anchors.outbox import CONFLICT, deliver

    with _store(log, config, readonly=False) as (store, settings):
        anchors = _fed(store, settings)
        known = [fed.anchor.name for fed in anchors]
        for name in names:
            if name not in known:
                raise click.UsageError(f"there is no anchor `{name}`: they are {', '.join(known) or 'none'}")
        told = [
            one
            for fed in anchors
            if not names or fed.anchor.name in names
            for one in deliver(store, fed, at_once=True)
        ]
    for one in told:
        if format_ == "json":
            said = {"anchor": one.anchor, "origin": one.origin, "size": one.size, "error": one.error or None}
            click.echo(json.dumps(said))
        else:
            click.echo(f"{one.anchor}: {one.error or f'holds size {one.size}'}", err=bool(one.error))
    if not told and format_ == "text":
        click.echo("nothing waits to be published")
    if any(one.error.startswith(CONFLICT) for one in told):
        raise click.exceptions.Exit(1)
    if any(one.error for one in told):
        raise click.exceptions.Exit(4)


@command.command("serve")
@options.log_url
@options.config_file
@click.option(
    "--listen",
    default="127.0.0.1:9464",
    show_default=True,
    metavar="HOST:PORT",
    help="Where Prometheus scrapes /metrics. Port 0 takes any free one.",
)
def serve(log: str | None, config: Path | None, listen: str) -> None:
    """Feed the anchors and show the metrics until SIGTERM, beside a log that others write.

    It needs to read the log and to write its outbox; the signing key it neither needs nor reads.
    """
    from prometheus_client import CollectorRegistry, start_http_server

    from monitorgen_exporters.audit.anchors.feeding import Feeding
    from monitorgen_exporters.audit.anchors.metrics import LogCollector
    from monitorgen_exporters.audit.anchors.planning import clone_of
    from monitorgen_exporters.audit.anchors.registry import planned_anchors
    from monitorgen_exporters.audit.anchors.status import read_status
    from monitorgen_exporters.audit.cli.opening import log_place
    from monitorgen_exporters.audit.store import open_store
    from monitorgen_exporters.serving import address, until_told

    host, port = address(listen)
    settings = _settings(config)
    place = log_place(log, settings)
    planned = planned_anchors(settings.anchors)

    def read() -> "LogStatus":
        with open_store(place, readonly=True) as store:
            return read_status(store, _fed(store, settings))

    read()  # what is wrong from the beginning is said at once
    registry = CollectorRegistry()
    registry.register(LogCollector(read))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as problem:
        raise options.Unreadable(f"cannot serve at {listen}: {problem.strerror or problem}") from None
    names = ", ".join(one.name for one in planned) or "no anchors"
    with until_told() as wait, Feeding(lambda: open_store(place), planned, clone=clone_of(settings.guard)):
        click.echo(f"metrics at http://{host}:{server.server_port}/metrics, feeding {names}", err=True)
        wait()
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def _store(
    log: str | None, config: Path | None, *, readonly: bool
) -> "Iterator[tuple[Store, Settings | None]]":
    from monitorgen_exporters.audit.cli.opening import log_place, settings_from
    from monitorgen_exporters.audit.store import open_store

    settings = settings_from(config)
    with open_store(log_place(log, settings), readonly=readonly) as store:
        yield store, settings


def _settings(config: Path | None) -> "Settings":
    from monitorgen_exporters.audit.cli.opening import settings_from

    settings = settings_from(config)
    if settings is None:
        raise click.UsageError("which anchors and which key is in the settings: --config FILE")
    return settings


def _fed(store: "Store", settings: "Settings | None") -> list[Any]:
    """The anchors of the settings; without any, those that the outbox knows are not asked."""
    from monitorgen_exporters.audit.anchors.planning import Surroundings, clone_of
    from monitorgen_exporters.audit.anchors.registry import planned_anchors

    if settings is None:
        return []
    around = Surroundings.of(store, clone_of(settings.guard))
    return [planned.fed(around) for planned in planned_anchors(settings.anchors)]


def _lines(found: "LogStatus") -> Iterator[str]:
    yield f"{found.origin}: {found.size} records"
    if found.checkpoint is None:
        yield "  no checkpoint yet"
    else:
        yield f"  newest checkpoint: size {found.checkpoint.size} (noted {_text(found.checkpoint_ts)})"
        yield f"  root: {found.checkpoint.root.hex()}"
    yield f"  not covered: {found.unsealed} records" + _since(found.unsealed_since)
    yield f"  in the intake: {found.intake} records" + _since(found.intake_since)
    for one in found.anchors:
        holds = "nothing yet" if one.holds is None else f"size {one.holds}, {_text(one.told)}"
        yield f"  anchor {one.name} ({one.place}): {holds}; {one.waiting} waiting" + _since(one.since)
        if one.error:
            yield f"    {'HOLDS ANOTHER HISTORY' if one.conflict else 'last attempt'}: {one.error}"


def _since(moment: "datetime | None") -> str:
    return f", the oldest of {_text(moment)}" if moment else ""


def _text(moment: "datetime | None") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else "at no time"


def _as_json(found: "LogStatus") -> dict[str, Any]:
    def at(moment: "datetime | None") -> str | None:
        return moment.isoformat() if moment else None

    newest = found.checkpoint
    return {
        "origin": found.origin,
        "size": found.size,
        "checkpoint": {"size": newest.size, "root": newest.root.hex(), "ts": at(found.checkpoint_ts)}
        if newest
        else None,
        "unsealed": {"records": found.unsealed, "since": at(found.unsealed_since)},
        "intake": {"records": found.intake, "since": at(found.intake_since)},
        "anchors": [
            {
                "name": one.name,
                "place": one.place,
                "holds": one.holds,
                "told": at(one.told),
                "waiting": one.waiting,
                "since": at(one.since),
                "attempts": one.attempts,
                "error": one.error or None,
                "conflict": one.conflict,
            }
            for one in found.anchors
        ],
    }
