"""The tables of keys, held against the real servers: each knows the keys that the tables say it knows."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models import dashboard

from monitorgen.model.keys.alertmanager import ALERTMANAGER
from monitorgen.model.keys.clients import since
from monitorgen.model.keys.grafana import PANEL
from monitorgen.model.keys.prometheus import PROMETHEUS
from monitorgen.model.keys.shapes import ListOf, MapOf, Shape, Table
from monitorgen.model.versions import Version
from tests.support.many_files import refusals
from tests.support.servers import Generation

Wrap = Callable[[Any], Any]

LEFT_OUT = re.compile(r"\w+_sd_configs|azuread|google_iam")
"""What a distribution's build may lack, whatever its version."""


def tables(
    server: str, shape: Shape, wrap: Wrap, version: Version, name: str = "", above: tuple[Shape, ...] = ()
) -> Iterator[tuple[str, Table, Wrap]]:
    """Every table below `shape` that this version has, by its path, and what to put a mapping into."""
    if isinstance(shape, ListOf):
        yield from tables(server, shape.item, lambda body: wrap([body]), version, name, above)
    elif isinstance(shape, MapOf):
        yield from tables(server, shape.item, lambda body: wrap({"a": body}), version, name, above)
    elif isinstance(shape, Table) and shape not in above:
        yield name, shape, wrap
        for key, below in shape.keys.items():
            if since(server, shape, key).known_to(version):
                within = lambda body, key=key: wrap({key: body})  # noqa: E731
                yield from tables(server, below, within, version, f"{name}.{key}", (*above, shape))


def version_of(generation: Generation, server: str) -> Version:
    numbers = re.match(r"[\d.]+", generation.versions[server])
    version = Version.parse(numbers[0]) if numbers else None
    assert version is not None
    return version


def unknown(generation: Generation, server: str, configs: list[Any], folder: Path) -> list[set[str]]:
    """The keys in each configuration that the server's own program does not know."""
    files = [folder / f"{index}.yml" for index in range(len(configs))]
    for file, config in zip(files, configs, strict=True):
        file.write_text(json.dumps(config))
    if server == "prometheus":
        said = refusals(generation, "promtool", "check", "config", "--syntax-only", files=files)
    else:
        said = refusals(generation, "amtool", "check-config", files=files)
    return [set(re.findall(r"field (\w+) not found", text)) for text in said]


@pytest.mark.parametrize(("server", "table"), [("prometheus", PROMETHEUS), ("alertmanager", ALERTMANAGER)])
def test_a_server_knows_these_keys_and_no_others(
    server: str, table: Table, generation: Generation, tmp_path: Path
) -> None:
    version = version_of(generation, server)
    every = list(tables(server, table, lambda body: body, version))
    assert len(every) > 20
    # A key of nobody's shows that the table is where the server looks for one.
    configs = [wrap({**dict.fromkeys(one.keys), "nobodys": None}) for _, one, wrap in every]
    said = unknown(generation, server, configs, tmp_path)
    for (name, one, _), strange in zip(every, said, strict=True):
        lacking = {key for key in one.keys if not since(server, one, key).known_to(version)}
        strange = {key for key in strange if not LEFT_OUT.fullmatch(key)}
        assert strange == lacking | {"nobodys"}, name


def filled(model: Any) -> set[str]:
    """The keys of a model's JSON when all its fields are set."""
    for field in vars(model):
        setattr(model, field, "a")
    return set(model.to_json())


def test_a_panel_has_these_keys() -> None:
    assert set(PANEL.keys) == filled(dashboard.Panel())
    options = PANEL.keys["fieldConfig"]
    assert isinstance(options, Table)
    assert set(options.keys) == filled(dashboard.FieldConfigSource())
    defaults, grid = options.keys["defaults"], PANEL.keys["gridPos"]
    assert isinstance(defaults, Table)
    assert isinstance(grid, Table)
    assert set(defaults.keys) == filled(dashboard.FieldConfig())
    assert set(grid.keys) == filled(dashboard.GridPos())
