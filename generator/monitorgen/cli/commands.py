"""The verbs of the command line, by name. A new one is a module beside this and a line here."""

import importlib
from typing import Final

import click

__all__ = ["COMMANDS", "Commands"]

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


class Commands(click.Group):
    """A group that imports a verb's module only when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs in the order a new user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None when there is no such verb."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a suggestion for a mistyped verb."""
        unknown = args and args[0] not in COMMANDS and not args[0].startswith("-")
        if unknown and not ctx.resilient_parsing:  # while completing, a verb may still be half a word
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            raise click.UsageError(f"there is no command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)
