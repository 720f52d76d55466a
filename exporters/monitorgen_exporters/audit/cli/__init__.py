"""`monitorgen audit`: one module for every verb, loaded only when it is called."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any, Final

import click

from monitorgen.cli.lazy import LazyGroup
from monitorgen_exporters.audit.cli.options import Unreadable

__all__ = ["VERBS", "command"]

VERBS: Final[dict[str, str]] = {
    "append": "monitorgen_exporters.audit.cli.append",
    "search": "monitorgen_exporters.audit.cli.search",
    "show": "monitorgen_exporters.audit.cli.show",
    "verify": "monitorgen_exporters.audit.cli.verify",
    "prove": "monitorgen_exporters.audit.cli.prove",
    "verify-proof": "monitorgen_exporters.audit.cli.verify_proof",
    "checkpoint": "monitorgen_exporters.audit.cli.checkpoint",
    "keys": "monitorgen_exporters.audit.cli.keys",
    "prune": "monitorgen_exporters.audit.cli.prune",
    "verify-archive": "monitorgen_exporters.audit.cli.verify_archive",
    "erase": "monitorgen_exporters.audit.cli.erase",
    "export": "monitorgen_exporters.audit.cli.export",
    "restore": "monitorgen_exporters.audit.cli.restore",
    "report": "monitorgen_exporters.audit.cli.report",
    "witness": "monitorgen_exporters.audit.cli.witness",
}
"""Verb to module; the module's `command` is the click command. Modules import heavy things when called."""

_EPILOG = """
Exit codes: 0 done; 1 what was looked for is wrong or not there: tampering, a proof that does not hold;
2 the command line is wrong; 3 intact, but unanchored or its anchors are stale; 4 something could not be
read or written.
"""


class _AuditVerbs(LazyGroup):
    """The verbs; what they could not read or write ends them with a sentence and exit code 4."""

    def invoke(self, ctx: click.Context) -> Any:
        # The compiler does without the collector because its runs are short; a verifier's are not.
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
            if not type(error).__module__.startswith("monitorgen_exporters.audit."):
                raise
            raise Unreadable(str(error)) from error


@click.group(
    "audit",
    cls=_AuditVerbs,
    modules=VERBS,
    extra="audit",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """Keep, prove and verify the tamper-evident audit log.

    \b
    Examples, with the audit/audit.yml of a built tree; the first record makes the log:
      export MONITORGEN_AUDIT_CONFIG=build/audit/audit.yml
      monitorgen audit keys generate audit.key
      monitorgen audit append --type config.applied --subject config:prometheus
      monitorgen audit checkpoint publish
      monitorgen audit verify
    """
