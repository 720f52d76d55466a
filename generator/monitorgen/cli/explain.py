"""`monitorgen explain`: what a code means, with an example that shows it."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from monitorgen.model.diagnostic import Code
    from monitorgen.review.explain import Checked

__all__ = ["command"]


class _CodeType(click.ParamType):  # type: ignore[type-arg]
    """A code, which may be given in small letters or by its number alone."""

    name = "code"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The code as it is printed; the search for it comes later."""
        del param, ctx
        return f"MG{value.zfill(4)}" if value.isdecimal() else value.upper()

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Every code that begins so, with its title."""
        del ctx, param
        from click.shell_completion import CompletionItem

        from monitorgen.review.codes import CODES

        return [
            CompletionItem(code.id, help=code.title)
            for code in CODES
            if code.id.startswith(incomplete.upper())
        ]


@click.command("explain")
@click.argument("codes", metavar="[CODE...|all]", nargs=-1, type=_CodeType())
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How to print it: for people, for a page of documentation, or for programs.",
)
def command(codes: tuple[str, ...], format_: str) -> None:
    """Say what a diagnostic's code means, and show a spec that is wrong and one that is right.

    The bad example is checked when it is shown, so what it prints is what monitorgen says today. Without a
    code, or with `all` and the format text, it lists all codes.

    \b
    Examples:
      monitorgen explain MG0203                    one code
      monitorgen explain                           the list of all codes
      monitorgen explain all --format markdown     everything, as a page
    """
    from monitorgen.cli.colours import colours
    from monitorgen.review.codes import CODES
    from monitorgen.review.explain import FORMATS, code_list, explained

    chosen = list(CODES) if not codes or "ALL" in codes else [_find(code, CODES) for code in codes]
    if len(chosen) == len(CODES) and format_ == "text":
        click.echo(code_list(CODES), nl=False)
        return
    text = FORMATS[format_]([explained(code, _check) for code in chosen], colours(sys.stdout))
    click.echo(text, nl=False, color=True)


def _find(identity: str, codes: "tuple[Code, ...]") -> "Code":
    from monitorgen.spec.suggestion import did_you_mean

    found = next((code for code in codes if code.id == identity), None)
    if found is None:
        if group := [f"\n  {code.id}  {code.title}" for code in codes if code.id.startswith(identity)]:
            raise click.UsageError(f"there is no code {identity}; those that begin so are{''.join(group)}")
        hint = did_you_mean(identity, sorted(code.id for code in codes))
        raise click.UsageError(f"there is no code {identity}; {hint}")
    return found


def _check(example: str) -> "Checked":
    from monitorgen.cli.pipeline import compile_all
    from monitorgen.model.diagnostic import in_order
    from monitorgen.review.explain import Checked
    from monitorgen.source.tree import load_text

    loaded = load_text(example)
    return Checked(in_order(d for one in compile_all(loaded) for d in one.diagnostics), loaded.sources)
