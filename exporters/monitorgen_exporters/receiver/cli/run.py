"""`monitorgen receiver run`: take what Alertmanager posts, until told to end."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.receiver.cli import options
from monitorgen_exporters.verbs import Unreadable

if TYPE_CHECKING:
    from monitorgen_exporters.receiver.logs import LogFormat

__all__ = ["command"]


@click.command("run")
@options.config_file
@click.option("--listen", metavar="HOST:PORT", help="Another address than the settings say. Port 0: any.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines for people, or one JSON object a line.",
)
def command(config: Path, listen: str | None, log_format: "LogFormat") -> None:
    """Run the receiver until SIGTERM or SIGINT.

    What it answers 200 for is on the disk, with everything that follows from it. Killed at any moment it goes
    on where it was when it is started again. Several may run on one PostgreSQL.

    \b
    Examples:
      monitorgen receiver run --config build/receiver/receiver.yml
      monitorgen receiver run --config build/receiver/receiver.yml --log-format json

    \b
    Exit codes:
      0   ended when it was told to
      2   the command line is wrong
      4   settings, secrets, database or address cannot be used
    """
    import gc
    import logging

    from prometheus_client import disable_created_metrics

    from monitorgen_exporters.receiver.access.binding import OpenBind, refuse_open_bind
    from monitorgen_exporters.receiver.logs import start_logging
    from monitorgen_exporters.receiver.service import Service
    from monitorgen_exporters.receiver.web.application import application
    from monitorgen_exporters.receiver.web.server import bind, run_server

    # A second series for each counter, which nothing reads.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    settings = options.settings_from(config)
    if listen is not None:
        settings = settings.model_copy(update={"listen": listen})
    start_logging(log_format)
    logger = logging.getLogger(__name__)
    bound = bind(settings.listen)
    host, port = bound.getsockname()[:2]
    scheme = "https" if settings.tls else "http"
    try:
        with Service(settings, config.with_name("rules.json")) as service:
            refuse_open_bind(settings, any_key=service.any_key())
            place = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

            def started() -> None:
                # A delivery makes hundreds of small values and no circles of them: to look for such after
                # every 700 would be a tenth of the work. What is here now stays until the end.
                gc.freeze()
                gc.set_threshold(50_000, 20, 50)
                logger.info("the receiver listens at %s, and keeps alerts in %s", place, service.place)

            run_server(settings, application(service), bound, started, service.live.end)
            logger.info("the receiver ends: what is under way is finished, what is not stays in the database")
    except OpenBind as problem:
        raise Unreadable(str(problem)) from None
    finally:
        bound.close()
