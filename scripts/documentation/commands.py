"""The verbs of the command line, from the click commands themselves."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import dedent
from typing import Any

import click

from monitorgen.cli.commands import Commands
from scripts.documentation.markdown import cell, table

__all__ = ["command", "command_list", "verbs"]


def command_list() -> str:
    """A table of all verbs."""
    return _verbs(Commands(), "#")


def command(*names: str) -> str:
    """Usage, help and options of one verb, which several words name within a group; of a group, its verbs."""
    found: click.Command = Commands()
    for name in names:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, f"there is no verb {name}"
        found = inner
    name = " ".join(names)
    arguments = [p for p in found.params if isinstance(p, click.Argument)]
    options = [p for p in found.params if isinstance(p, click.Option)]
    takes = "VERB" if isinstance(found, click.Group) else "[OPTIONS]" * bool(options)
    usage = " ".join(("monitorgen", name, takes, *map(_argument, arguments)))
    parts = [f"```text\n{re.sub(' +', ' ', usage).strip()}\n```", _prose(found.help or "")]
    if isinstance(found, click.Group):
        within = "#" + "".join(f"{word}-" for word in names[1:])
        parts.append(_verbs(found, within if names[1:] else f"{names[0]}/verbs.md#"))
    if options:
        rows = [(_names(option), _default(option), cell(option.help or "")) for option in options]
        parts.append(table(("option", "default", "what it does"), rows))
    if found.epilog:
        parts.append(_prose(found.epilog))
    return "\n\n".join(parts)


def verbs(name: str) -> str:
    """Every verb of a group under a heading of its own."""
    group = Commands().get_command(click.Context(Commands()), name)
    assert isinstance(group, click.Group)
    return "\n\n".join(_sections(group, (name,)))


def _sections(group: click.Group, names: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(group)
    for verb in group.list_commands(context):
        inner = (*names, verb)
        yield f"#{'#' * len(names)} {' '.join(inner[1:])}\n\n{command(*inner)}"
        found = group.get_command(context, verb)
        if isinstance(found, click.Group):
            yield from _sections(found, inner)


def _verbs(group: click.Group, page: str) -> str:
    """A table of a group's verbs, each with a link to its heading on `page`."""
    context = click.Context(group)
    rows = []
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        rows.append((f"[`{name}`]({page}{name})", cell(found.get_short_help_str(200))))
    return table(("verb", "does"), rows)


def _argument(argument: click.Argument) -> str:
    word = argument.metavar or (_choices(argument.type) or (argument.name or "").upper())
    if not argument.required and not word.startswith("["):
        word = f"[{word}]"
    return word + ("..." if argument.nargs == -1 and "..." not in word else "")


def _choices(kind: Any) -> str:
    return "|".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else ""


def _names(option: click.Option) -> str:
    names = " / ".join((*option.opts, *option.secondary_opts))
    word = "" if option.is_flag else option.metavar or _choices(option.type) or option.type.name.upper()
    return cell(f"`{names} {word}".rstrip() + "`")


def _default(option: click.Option) -> str:
    shown = option.show_default and not option.is_flag and option.default not in (None, "")
    return f"`{option.default}`" if shown else ""


def _prose(text: str) -> str:
    r"""Help as Markdown: what click is told to leave as it is (`\b`) becomes a block."""
    parts: list[str] = []
    for paragraph in re.split(r"\n\s*\n", cleandoc(text)):
        kept = paragraph.strip("\n")
        if kept.startswith("\b"):
            parts += _kept(kept.splitlines()[1:])
        else:
            parts.append(" ".join(kept.split()))
    return "\n\n".join(parts)


def _kept(lines: list[str]) -> Iterator[str]:
    """Blocks of indented lines, each after the line that announces it."""
    block: list[str] = []
    for line in [*lines, ":"]:
        if line.endswith(":") and not line.startswith(" "):
            if block:
                yield "```text\n" + dedent("\n".join(block)) + "\n```"
            block = []
            if line != ":":
                yield line
        else:
            block.append(line)
