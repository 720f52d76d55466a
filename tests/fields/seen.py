"""What a spec comes to: its tree, and what a real Prometheus and a real Alertmanager make of it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.cli.rendering import manifest_of, rendered
from monitorgen.model.versions import Version
from tests.support.processes import RunningServer
from tests.support.routers import receivers_of
from tests.support.servers import Generation, run_alertmanager, run_prometheus

__all__ = ["AS_OF", "Seen", "Servers", "servers"]

AS_OF = "2030-06-15"
"""The day that dates in a spec are compared with."""

_CONFIGS = ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml")


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one spec: only `codes` when it has errors, nothing of servers it is not meant for."""

    codes: tuple[str, ...]
    """Of its diagnostics."""
    files: Mapping[str, str] = field(default_factory=dict)
    compatible_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the manifest says of it."""
    prometheus: Mapping[str, Any] = field(default_factory=dict)
    """The configuration that Prometheus has loaded, with its own defaults filled in."""
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Every rule that Prometheus has loaded, by name; `interval` is its group's."""
    alertmanager: Mapping[str, Any] = field(default_factory=dict)
    """The configuration that Alertmanager has loaded, with its own defaults filled in."""
    receivers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """To whom Alertmanager sends each alert, given the labels that Prometheus's rule has."""

    def json(self, path: str) -> Any:
        """A JSON file of the tree."""
        return json.loads(self.files[path])


_BUILT: dict[str, Seen] = {}
"""What each spec comes to before any server sees it, which is the same for every generation of servers."""


@dataclass(slots=True)
class Servers:
    """Two servers that read one tree after the other."""

    generation: Generation
    folder: Path
    prometheus: RunningServer
    alertmanager: RunningServer
    known: dict[str, Seen] = field(default_factory=dict)
    looks: int = 0

    def see(self, spec: Mapping[str, Any]) -> Seen:
        """What comes of `spec`; the same one is looked at once."""
        key = json.dumps(spec, sort_keys=True)
        if key not in self.known:
            if key not in _BUILT:
                _BUILT[key] = self._built(spec)
            self.known[key] = self._look(_BUILT[key])
        return self.known[key]

    def _built(self, spec: Mapping[str, Any]) -> Seen:
        file = self.folder / "spec.yaml"
        file.write_text(yaml.safe_dump(dict(spec)))
        compiled = compile_spec(read([file]), as_of=AS_OF)
        codes = tuple(found.code for found in compiled.diagnostics)
        if compiled.failed():
            return Seen(codes)
        files = {path: text.decode() for path, text in rendered(compiled)}
        return Seen(codes, files, manifest_of(compiled, "", ()).compatible_with)

    def _look(self, built: Seen) -> Seen:
        whole = all(config in built.files for config in _CONFIGS)
        if not (whole and self._are_meant(built.compatible_with)):
            return built
        _write(self.folder / "tree", built.files)
        self.prometheus.reload()
        self.alertmanager.reload()
        rules = self._rules()
        return replace(
            built,
            prometheus=_loaded(self.prometheus.get("/api/v1/status/config").json()["data"]["yaml"]),
            rules=rules,
            alertmanager=_loaded(self.alertmanager.get("/api/v2/status").json()["config"]["original"]),
            receivers=self._receivers(rules),
        )

    def _are_meant(self, compatible_with: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether both servers are as the spec expects them."""
        for server in ("prometheus", "alertmanager"):
            version = Version.parse(self.generation.versions[server].partition("+")[0])
            oldest, newest = (Version.parse(text) for text in compatible_with[server])
            assert version
            assert oldest
            assert newest
            if not oldest <= version or (version.major, version.minor) > (newest.major, newest.minor):
                return False
        return True

    def _rules(self) -> dict[str, dict[str, Any]]:
        groups = self.prometheus.get("/api/v1/rules").json()["data"]["groups"]
        return {
            rule["name"]: {**rule, "interval": group["interval"]}
            for group in groups
            for rule in group["rules"]
        }

    def _receivers(self, rules: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
        self.looks += 1
        alerting = {name: rule["labels"] for name, rule in rules.items() if rule["type"] == "alerting"}
        alerts = [{**labels, "alertname": name} for name, labels in alerting.items()]
        told = receivers_of(self.alertmanager, str(self.looks), alerts)
        return dict(zip(alerting, told, strict=True))


def _loaded(text: str) -> Any:
    """What stands in a configuration; the loader that is written in C takes a tenth of the time."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _write(tree: Path, files: Mapping[str, str]) -> None:
    """Leaves these files in `tree`, and no others; a folder that is empty then may stay."""
    old = {file.relative_to(tree).as_posix(): file for file in tree.rglob("*") if file.is_file()}
    for path in old.keys() - files.keys():
        old[path].unlink()
    for path, text in files.items():
        content = text.encode()
        if path not in old or old[path].read_bytes() != content:
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


@contextmanager
def servers(generation: Generation, folder: Path) -> Iterator[Servers]:
    """The servers of one generation, on trees in `folder`."""
    tree, storage = folder / "tree", folder / "storage"
    _write(tree, {_CONFIGS[0]: "{}", _CONFIGS[1]: "{route: {receiver: a}, receivers: [{name: a}]}"})
    with (
        run_prometheus(generation, tree / _CONFIGS[0], storage=storage) as prometheus,
        run_alertmanager(generation, tree / _CONFIGS[1], storage=storage) as alertmanager,
    ):
        yield Servers(generation, folder, prometheus, alertmanager)
