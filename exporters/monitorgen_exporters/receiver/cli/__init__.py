"""`monitorgen receiver`: one module for every verb, loaded only when it is called."""

from typing import Final

import click

from monitorgen_exporters.verbs import RuntimeVerbs

__all__ = ["VERBS", "command"]

VERBS: Final[dict[str, str]] = {
    "run": "monitorgen_exporters.receiver.cli.run",
    "check": "monitorgen_exporters.receiver.cli.check",
    "keys": "monitorgen_exporters.receiver.cli.keys",
}
"""Verb to module; the module's `command` is the click command. Modules import heavy things when called."""

_EPILOG = """
Exit codes: 0 done; 1 what was asked for is not so; 2 the command line is wrong; 4 something could not be
read, written or listened to.
"""


@click.group(
    "receiver",
    cls=RuntimeVerbs,
    modules=VERBS,
    extra="receiver",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """Run the Alertmanager webhook receiver: alert history, acknowledgement, escalation and actions.

    \b
    Examples, with the receiver/receiver.yml of a built tree:
      export MONITORGEN_RECEIVER_CONFIG=build/receiver/receiver.yml
      monitorgen receiver check
      monitorgen receiver keys create ann --role admin
      monitorgen receiver run
    """
