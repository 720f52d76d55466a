"""The verbs of the command line, by name. A new one is a module beside this and a line here.

The verbs of the runtime arrive by the entry-point group `monitorgen.commands`.
"""

from typing import TYPE_CHECKING, Any, Final

import click

from monitorgen.cli.lazy import LazyGroup

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

__all__ = ["COMMANDS", "ENTRY_POINTS", "Commands"]

COMMANDS: Final = {
    "init": "monitorgen.cli.init",
    "check": "monitorgen.cli.check",
    "build": "monitorgen.cli.build",
    "test": "monitorgen.cli.test",
    "route": "monitorgen.cli.route",
    "explain": "monitorgen.cli.explain",
    "schema": "monitorgen.cli.schema",
    "completion": "monitorgen.cli.completion",
    "version": "monitorgen.cli.version",
}
"""Verb to module; the module's `command` is the click command."""

ENTRY_POINTS: Final = "monitorgen.commands"
"""The entry-point group by which other packages add verbs: the name is the verb, the value its command."""


class Commands(LazyGroup):
    """The compiler's verbs, and after them those that entry points name.

    To look for entry points is to open the metadata of every package that is installed, so it is done only
    for a verb that is not the compiler's, for `--help`, and for completion.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, modules=COMMANDS, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The compiler's verbs in the order a new user meets them, then the others by name."""
        return [*super().list_commands(ctx), *sorted({found.name for found in _entry_points()} - {*COMMANDS})]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None when there is no such verb. A compiler's verb is never replaced."""
        if cmd_name in COMMANDS:
            return super().get_command(ctx, cmd_name)
        for found in _entry_points():
            if found.name == cmd_name:
                command: click.Command = found.load()
                return command
        return None


def _entry_points() -> "EntryPoints":
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)
