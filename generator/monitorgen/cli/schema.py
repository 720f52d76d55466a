"""`monitorgen schema`: the JSON Schema of a spec file, for editors."""

from pathlib import Path

import click

__all__ = ["command"]


@click.command("schema")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file instead of standard output.",
)
def command(output: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of a spec file.

    Editors that know YAML schemas complete the keys of a spec with it, show what they mean, and mark
    mistakes as you type. One file of a spec of many files is fine. What needs the whole spec (references,
    units, PromQL) is for `monitorgen check`.

    \b
    Examples:
      monitorgen schema -o spec/monitorgen.schema.json
    and at the top of each file of the spec:
      # yaml-language-server: $schema=monitorgen.schema.json
    """
    from monitorgen.spec.schema_text import schema_text

    if output is None:
        click.echo(schema_text(), nl=False)
        return
    try:
        output.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error
    click.echo(f"{output} written", err=True)
