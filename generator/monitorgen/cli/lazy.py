"""A group of verbs that imports a verb's module only when the verb is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any, Final

import click

__all__ = ["LazyGroup"]

_OURS: Final = ("monitorgen", "monitorgen_exporters")


class LazyGroup(click.Group):
    """A group of the verbs in `modules`: verb to the module whose `command` is the click command.

    `extra` names the optional dependencies of the distribution that the verbs rest on: a package of theirs
    that is missing ends the run with the command that installs them, not with a traceback.
    """

    def __init__(
        self, *args: Any, modules: Mapping[str, str] | None = None, extra: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.modules: Mapping[str, str] = modules or {}
        self.extra = extra

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs in the order a new user meets them."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None when there is no such verb."""
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a suggestion for a mistyped verb."""
        unknown = args and args[0] not in self.modules and not args[0].startswith("-")
        # While completing, a verb may still be half a word.
        if unknown and not ctx.resilient_parsing and args[0] not in (verbs := self.list_commands(ctx)):
            from difflib import get_close_matches

            close = get_close_matches(args[0], verbs, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            raise click.UsageError(f"there is no command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the verb; a package of the extra that is missing is said in words."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if not self.extra or (error.name or "").partition(".")[0] in _OURS:
                raise
            raise click.ClickException(
                f"`{ctx.command_path}` needs the Python package {error.name}, which is not installed: "
                f"pip install 'monitorgen[{self.extra}]'"
            ) from error
