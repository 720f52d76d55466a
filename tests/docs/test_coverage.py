"""Nothing a user can write or read is without its place in the pages."""

import re
import tomllib
from functools import cache
from importlib.metadata import metadata

import click
import pytest

from monitorgen.cli.commands import COMMANDS, Commands
from monitorgen.outputs.registry import OUTPUTS
from monitorgen.review.codes import CODES
from monitorgen.spec.sections import SECTIONS
from scripts.documentation.markdown import anchors
from scripts.documentation.models import KINDS, all_models, dotted, fields_of
from scripts.documentation.parts import homes
from tests.support.checkout import TOP

DOCS = TOP / "docs"
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]


def page(path: str) -> str:
    """The text of a page."""
    return (DOCS / path).read_text()


@cache
def documented() -> dict[str, str]:
    """Where each model's fields are described, by its dotted name."""
    return homes(TOP)


@pytest.mark.parametrize("section", SECTIONS)
def test_section(section: str) -> None:
    assert page(f"spec/{section}.md").startswith(f"# {section}\n")
    assert f"({section}.md)" in page("spec/README.md")


@pytest.mark.parametrize("model", all_models(), ids=dotted)
def test_every_field_of_every_model_has_a_place_and_a_text(model: type) -> None:
    assert dotted(model) in documented()
    assert [field.name for field in fields_of(model, dotted) if not field.text.strip()] == []


@pytest.mark.parametrize(("family", "word"), [(family, word) for family in KINDS for word in KINDS[family]])
def test_kind(family: str, word: str) -> None:
    text = page(f"{family}/{word}.md")
    assert text.startswith(f"# {word}\n")
    assert {"fields", "versions"} <= anchors(text)
    assert "<!-- begin: built " in text


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_output(output: object) -> None:
    text = page(f"outputs/{output.name}.md")  # type: ignore[attr-defined]
    assert anchors(text) & {"deploying", "running"}


@pytest.mark.parametrize("folder", [*KINDS, "outputs"])
def test_no_page_outlives_its_kind(folder: str) -> None:
    known = set(KINDS.get(folder, {output.name for output in OUTPUTS}))
    assert {path.stem for path in (DOCS / folder).glob("*.md")} - {"README"} == known


@pytest.mark.parametrize("verb", COMMANDS)
def test_verb_and_its_options(verb: str) -> None:
    text = page("cli.md")
    assert verb in anchors(text)
    part = text.partition(f"\n## {verb}\n")[2].partition("\n## ")[0]
    command = Commands().get_command(click.Context(Commands()), verb)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{verb} {parameter.name} has no help"
            for name in (*parameter.opts, *parameter.secondary_opts):
                assert re.search(rf"[` ]{name}[` ]", part), f"{verb} {name} is not on the page"


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_code(code: object) -> None:
    assert f"\n### {code.id}: " in page("diagnostics.md")  # type: ignore[attr-defined]


def test_no_code_that_is_not_there_is_spoken_of() -> None:
    known = {code.id for code in CODES}
    for path in DOCS.rglob("*.md"):
        assert set(re.findall(r"\bMG[0-9]{4}\b", path.read_text())) <= known, path


def requirements() -> dict[str, list[str]]:
    """The packages asked for, by extra; the compiler's own under ""."""
    groups = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    return {
        extra: [re.split(r"[<>=!\[;]", wanted)[0].strip() for wanted in names]
        for extra, names in groups.items()
    }


@pytest.mark.parametrize(("extra", "package"), [(e, p) for e, names in requirements().items() for p in names])
def test_dependency(extra: str, package: str) -> None:
    text = page("dependencies.md")
    assert f"`{package}`" in text
    assert not extra or f"`{extra}`" in text
    said = next(line for line in text.splitlines() if f"`{package}`" in line and line.startswith("|"))
    if extra == "bench":
        return  # for `make bench` alone, so it is not installed where the tests run
    about = metadata(package)
    licence = about["License-Expression"] or ""
    assert all(word in said for word in re.findall(r"(?:MIT|Apache-2\.0|BSD-[23]-Clause|MPL-2\.0)", licence))


def test_no_dependency_is_spoken_of_that_is_gone() -> None:
    table = page("dependencies.md").partition("## The compiler")[2].partition("### click")[0]
    assert set(re.findall(r"^\| \[`([^`]+)`\]", table, re.MULTILINE)) == set(requirements()[""])


def test_folders() -> None:
    text = page("architecture.md").partition("## Folders")[2].partition("## ")[0]
    for folder in re.findall(r"`([a-z_/]+)/`", text):
        assert (TOP / folder).is_dir(), folder


def test_commands_of_the_checkout() -> None:
    targets = re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text(), re.MULTILINE)
    text = page("development.md")
    for target in set(targets) - {"help", "clean"}:
        assert f"`make {target}`" in text
    for script in re.findall(r"`(scripts/[a-z]+)", text):
        assert (TOP / script).is_file()


def test_readme_is_short() -> None:
    assert len((TOP / "README.md").read_text().splitlines()) <= 125
