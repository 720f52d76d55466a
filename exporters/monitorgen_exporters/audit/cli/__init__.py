"""`monitorgen audit`: one module for every verb, loaded only when it is called."""

from typing import Final

import click

from monitorgen_exporters.verbs import RuntimeVerbs

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


@click.group(
    "audit",
    cls=RuntimeVerbs,
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
