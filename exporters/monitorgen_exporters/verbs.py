"""The frame of the runtime's verbs: how they end when something could not be read or written."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

import click

from monitorgen.cli.lazy import LazyGroup

__all__ = ["RuntimeVerbs", "Unreadable"]


class Unreadable(click.ClickException):
    """What had to be read or written could not be: exit code 4."""

    exit_code = 4


class RuntimeVerbs(LazyGroup):
    """The verbs; what they could not read or write ends them with a sentence and exit code 4."""

    def invoke(self, ctx: click.Context) -> Any:
        # The compiler does without the collector because its runs are short; those of the runtime are not.
        gc.enable()
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except BrokenPipeError:
            # Whoever read our output has gone (`| head`). Not 1: `verify` says with it that a log is forged.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(4) from None
        except UnicodeEncodeError as error:
            # Bytes of the command line that are no UTF-8 come as lone surrogates, which no database takes.
            raise click.UsageError(f"{error.object[:60]!r} is not UTF-8") from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise Unreadable(f"{place}{error.strerror or error}") from error
        except Exception as error:
            # Our own exceptions are written for people; any other is a bug, and the program says so.
            if not type(error).__module__.startswith("monitorgen_exporters."):
                raise
            raise Unreadable(str(error)) from error
