"""The generated parts by name, and how a page gets them."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from monitorgen.outputs.registry import OUTPUTS
from scripts.documentation.built import built
from scripts.documentation.codes import code_list, code_pages
from scripts.documentation.commands import command, command_list, verbs
from scripts.documentation.markdown import BEGIN, END, Fence, cell, fences, lines, pages, slug, table
from scripts.documentation.models import KINDS, dotted, fields_of, model_named
from scripts.documentation.receiver_api import operations, problems, schemas
from scripts.documentation.type_words import FAMILIES
from scripts.documentation.versions import field_versions, function_versions, supported, syntax_versions

__all__ = ["filled", "homes"]

_ROOT = "spec.sections.Root"
"""The model whose fields are sections, each with a page."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands: its page, what is documented where, and the YAML example just above."""

    page: Path
    top: Path
    homes: Mapping[str, str]
    example: str

    def link(self, model: type[BaseModel]) -> str:
        """`map`, or what a family's kind is called, with a link to its fields."""
        family = next((word for kind, word in FAMILIES.items() if kind is model), "")
        home = self.homes.get(f"{family}s" if family else dotted(model), "")
        word = f"a {family}" if family else "map"
        return f"[{word}]({self.relative(home)})" if home else word

    def relative(self, home: str) -> str:
        """`docs/spec/teams.md#fields` as seen from this page."""
        path, _, anchor = home.partition("#")
        if path == self.page.relative_to(self.top).as_posix():
            return f"#{anchor}"
        below = os.path.relpath(self.top / path, self.page.parent).replace(os.sep, "/")
        return f"{below}#{anchor}"


def homes(top: Path) -> dict[str, str]:
    """Where each model's fields are described, as `docs/spec/teams.md#fields`, by its dotted name."""
    found = {}
    for page in pages(top):
        heading = ""
        for line in lines(page.read_text(encoding="utf-8")):
            if not line.fenced and line.text.startswith("#"):
                heading = slug(line.text.lstrip("#"))
            mark = BEGIN.fullmatch(line.text)
            if mark and mark["name"] in ("fields", "kinds"):
                found[mark["arguments"].split()[0]] = f"{page.relative_to(top).as_posix()}#{heading}"
    return found


def filled(page: Path, top: Path, known: Mapping[str, str]) -> str:
    """The text of `page` with every generated part written anew."""
    text = page.read_text(encoding="utf-8")
    written: list[str] = []
    examples = [fence for fence in fences(text) if fence.language == "yaml" and not fence.generated]
    inside = False
    for line in lines(text):
        mark = BEGIN.fullmatch(line.text) if not line.fenced else None
        if mark is not None:
            inside = True
            place = Place(page, top, known, _above(examples, line.number))
            written += [line.text, "", _part(place, mark["name"], mark["arguments"].split()), "", END]
        elif inside and not line.fenced and line.text == END:
            inside = False
        elif not inside:
            written.append(line.text)
    return "\n".join(written) + "\n"


def _above(examples: list[Fence], number: int) -> str:
    return next((fence.text for fence in reversed(examples) if fence.line < number), "")


def _part(place: Place, name: str, arguments: list[str]) -> str:
    if name not in _PARTS:
        raise ValueError(f"{place.page}: there is no generated part `{name}`")
    return _PARTS[name](place, *arguments).strip("\n")


def _fields(place: Place, name: str) -> str:
    def shown(model: type[BaseModel]) -> str:
        return place.link(model)

    rows = [
        (
            f"[`{field.name}`]({field.name}.md)" if name == _ROOT else f"`{field.name}`",
            cell(field.type).replace("WORDS", place.relative("docs/spec/README.md#")[:-1]),
            field.default if field.default != "required" else "**required**",
            cell(field.text),
        )
        for field in fields_of(model_named(name), shown)
    ]
    return table(("field", "type", "default", "what it says"), rows)


def _kinds(place: Place, family: str) -> str:
    rows = [
        (f"[`{word}`]({place.relative(f'docs/{family}/{word}.md#')[:-1]})", cell(_first(kind.__doc__ or "")))
        for word, kind in KINDS[family].items()
    ]
    return table(("key" if family == "discovery" else "`type`", "what it is"), rows)


def _first(text: str) -> str:
    return text.strip().split("\n\n")[0]


def _outputs(place: Place) -> str:
    rows = [
        (f"[`{output.name}`]({place.relative(f'docs/outputs/{output.name}.md#')[:-1]})", output.title)
        for output in OUTPUTS
    ]
    return table(("output", "what it is"), rows)


_PARTS: dict[str, Callable[..., str]] = {
    "fields": _fields,
    "kinds": _kinds,
    "built": lambda place, path, part="": built(place.example, path, part),
    "outputs": _outputs,
    "codes": lambda place: code_pages(),  # noqa: ARG005
    "code-list": lambda place: code_list(),  # noqa: ARG005
    "command": lambda place, *names: command(*names),  # noqa: ARG005
    "verbs": lambda place, group: verbs(group),  # noqa: ARG005
    "receiver-operations": lambda place: operations(),  # noqa: ARG005
    "receiver-problems": lambda place: problems(),  # noqa: ARG005
    "receiver-schemas": lambda place: schemas(),  # noqa: ARG005
    "command-list": lambda place: command_list(),  # noqa: ARG005
    "supported": lambda place: supported(),  # noqa: ARG005
    "field-versions": lambda place, server: field_versions(server),  # noqa: ARG005
    "function-versions": lambda place: function_versions(),  # noqa: ARG005
    "syntax-versions": lambda place: syntax_versions(),  # noqa: ARG005
}
