"""`monitorgen schema`: the same schema on standard output and in a file."""

import json
from pathlib import Path

from monitorgen.spec.schema import json_schema
from tests.support.command_line import monitorgen


def test_it_prints_the_schema() -> None:
    result = monitorgen("schema")
    assert result.exit_code == 0
    assert json.loads(result.output) == json_schema()


def test_each_definition_stands_on_a_line_of_its_own() -> None:
    printed = monitorgen("schema").output
    lines = printed.splitlines()
    for name in json.loads(printed)["$defs"]:
        assert sum(line.startswith(f'  "{name}": ') for line in lines) >= 1, name


def test_it_writes_a_file(tmp_path: Path) -> None:
    target = tmp_path / "monitorgen.schema.json"
    result = monitorgen("schema", "-o", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{target} written\n"
    assert target.read_text() == monitorgen("schema").output


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = monitorgen("schema", "-o", tmp_path / "missing" / "schema.json")
    assert result.exit_code == 1
    assert "cannot write" in result.stderr
    assert "Traceback" not in result.stderr
