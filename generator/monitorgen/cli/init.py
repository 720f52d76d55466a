"""`monitorgen init`: a small spec that builds, to begin with."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import click

__all__ = ["command"]

_WORKFLOW = ".github/workflows/monitoring.yml"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise click.BadParameter("use letters, digits, `_` and `-`, and begin with a letter")
    return value


def _organization(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise click.BadParameter("give a name of one line")
    return value.strip()


def _url(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """The address, by the rule that the check of the spec applies to it."""
    from pydantic import TypeAdapter, ValidationError

    from monitorgen.vocabulary.headers import OpenUrl

    if value:
        try:
            TypeAdapter(OpenUrl).validate_python(value)
        except ValidationError as error:
            context = error.errors()[0].get("ctx", {})
            said = (context.get("message"), context.get("hint"))
            raise click.BadParameter("; ".join(text for text in said if text)) from error
    return value


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--organization",
    default="acme",
    show_default=True,
    callback=_organization,
    help="Whose monitoring it is.",
)
@click.option(
    "--service",
    default="web",
    show_default=True,
    metavar="NAME",
    callback=_name,
    help="The first service to watch.",
)
@click.option(
    "--team",
    default="platform",
    show_default=True,
    metavar="NAME",
    callback=_name,
    help="The team that looks after it.",
)
@click.option("--url", default="", callback=_url, help="Where the service answers; checked from outside.")
@click.option("--ci/--no-ci", default=True, help="Whether to write a GitHub Actions workflow.")
def command(directory: Path, organization: str, service: str, team: str, url: str, ci: bool) -> None:
    """Write a small spec that builds, to begin with.

    Asks nothing. Writes a spec with one service, one team and two channels into DIR/spec, a JSON Schema so
    that editors help, and a CI workflow. Files that are there already are never overwritten.

    \b
    Examples:
      monitorgen init
      monitorgen init monitoring --organization "Acme Ltd" --service checkout --team payments
    """
    files = dict(_files(organization, service, team, url, ci))
    there = [path for path in files if (directory / path).exists() or (directory / path).is_symlink()]
    if there:
        listed = "".join(f"\n  {directory / path}" for path in there)
        raise click.ClickException(f"nothing was written, since these exist already:{listed}")
    _write(directory, files)
    for path in files:
        click.echo(f"wrote {directory / path}")
    click.echo("\nNext:")
    if directory != Path():
        click.echo(f"  cd {directory}")
    click.echo("  monitorgen check    is the spec right?")
    click.echo("  monitorgen build    write build/: Prometheus, Alertmanager, Grafana ...")
    click.echo("  monitorgen test     prove it with promtool and amtool")


def _write(directory: Path, files: Mapping[str, str]) -> None:
    """Writes all of them or, where that fails, none: what was begun is taken away again."""
    made: list[Path] = []
    for name, text in files.items():
        path = directory / name
        try:
            for folder in reversed(path.parents):
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
        except BaseException as error:
            for begun in reversed(made):
                with suppress(OSError):
                    begun.rmdir() if begun.is_dir() else begun.unlink()
            if isinstance(error, OSError):
                reason = f"cannot write {path}: {error.strerror}; nothing was written"
                raise click.ClickException(reason) from error
            raise


def _files(organization: str, service: str, team: str, url: str, ci: bool) -> Iterator[tuple[str, str]]:
    """What is written, by its path in the new directory."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    from monitorgen.outputs.yaml_text import emit
    from monitorgen.resources import data_dir
    from monitorgen.spec.schema_text import schema_text

    # Other brackets than usual: these templates hold Go templates and GitHub's expressions.
    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "scaffold"),
        variable_start_string="[[ ",
        variable_end_string=" ]]",
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        keep_trailing_newline=True,
    )
    environment.filters["yaml"] = lambda value: emit(value).rstrip("\n")
    domain = re.sub(r"[^a-z0-9]+", "-", organization.lower()).strip("-") or "acme"
    values = {
        "organization": organization,
        "service": service,
        "team": team,
        "url": url or f"https://{service.replace('_', '-')}.{domain}.example/",
        "mail_server": f"smtp.{domain}.example",
        "sender": f"monitoring@{domain}.example",
        "recipient": f"{team}@{domain}.example",
        "version": version("monitorgen"),
    }

    def rendered(template: str) -> str:
        return environment.get_template(template).render(values)

    yield "spec/README.md", rendered("README.md.j2")
    yield "spec/organization.yaml", rendered("organization.yaml.j2")
    yield "spec/teams.yaml", rendered("teams.yaml.j2")
    yield f"spec/services/{service}.yaml", rendered("service.yaml.j2")
    yield "spec/monitorgen.schema.json", schema_text()
    if ci:
        yield _WORKFLOW, rendered("workflow.yml.j2")
