"""A compiled spec as the files of its tree."""

from collections.abc import Iterator
from importlib.metadata import version

from monitorgen.cli.pipeline import Compiled
from monitorgen.cli.warnings_again import placed
from monitorgen.outputs import rendering
from monitorgen.outputs.manifest import Manifest
from monitorgen.outputs.registry import OUTPUTS

__all__ = ["manifest_of", "rendered"]


def rendered(compiled: Compiled) -> Iterator[tuple[str, bytes]]:
    """Every file of every output that the spec does not switch off, one at a time, in any order."""
    assert compiled.stack is not None
    assert compiled.plan is not None
    emit = compiled.plan.emit
    return rendering.rendered([output for output in OUTPUTS if getattr(emit, output.name)], compiled.stack)


def manifest_of(compiled: Compiled, key: str, arguments: tuple[str, ...]) -> Manifest:
    """The manifest, all but its files."""
    assert compiled.plan is not None
    servers, loaded = compiled.plan.compatible_with, compiled.loaded
    return Manifest(
        tool_version=version("monitorgen"),
        key=key,
        compatible_with={
            name: (str(getattr(servers, name).oldest), str(getattr(servers, name).newest))
            for name in ("prometheus", "alertmanager", "blackbox_exporter", "grafana")
        },
        arguments=arguments,
        spec_files={loaded.names[shown]: digest for shown, digest in loaded.files.items()},
        warnings=tuple(placed(one, loaded.names) for one in compiled.diagnostics),
    )
