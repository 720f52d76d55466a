"""The command line: one module for every verb, loaded only when it is called."""

import gc
import os
import signal
import sys
from types import FrameType

import click

from monitorgen.cli.commands import Commands
from monitorgen.cli.leaving import leave

__all__ = ["main"]

_EPILOG = """
Exit codes: 0 done; 1 the spec has errors, a test failed, or `build --check` found a difference;
2 the command line is wrong; 3 a program that is needed is missing; 70 a bug in monitorgen;
130 interrupted.
"""


@click.command(cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="monitorgen", message="monitorgen %(version)s")
def cli() -> None:
    """One YAML spec, compiled into a monitoring stack.

    \b
    monitorgen init               write a small spec that builds
    monitorgen check spec         say what is wrong with it, with the line
    monitorgen build spec         write build/: Prometheus, Alertmanager, Grafana ...
    monitorgen test build         prove it with the servers' own programs
    """


def main() -> None:
    """The program `monitorgen`: runs the command line and exits."""
    # A run is short and keeps nearly all it makes: looking for garbage costs a fifth of it.
    gc.disable()
    # Plugins of pydantic are for servers; looking for them reads the metadata of everything installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us ignores it
        signal.signal(signal.SIGINT, _interrupt)
    try:
        code = cli.main(prog_name="monitorgen", standalone_mode=False)
        leave(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        # Files have diagnostics of their own; what is left is where we print to.
        click.echo(f"cannot write the output: {error.strerror or error}", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MONITORGEN_DEBUG"):
            raise
        click.echo(
            f"monitorgen has a bug: {type(error).__name__}: {error}\n"
            "Nothing was written. Run again with MONITORGEN_DEBUG=1 for the details to report.",
            err=True,
        )
        sys.exit(70)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
    """Ends the run; further interrupts come too late to disturb what is put right on the way out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
