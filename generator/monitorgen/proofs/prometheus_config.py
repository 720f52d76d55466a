"""`prometheus.yml` of a built tree, as promtool judges it: all of it that this machine's promtool can."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from monitorgen.proofs.built_tree import BuiltTree, as_map, load_yaml
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.stand_ins import Staged, staged
from monitorgen.proofs.verdicts import Finding, Part

__all__ = ["prove_config"]

_UNKNOWN_FIELD: Final = re.compile(r"field (\w+) not found in type")

# What Prometheus has under `scrape_configs` upstream, in this version or that.
_DISCOVERIES: Final = frozenset(
    f"{name}_sd_configs"
    for name in (
        *("azure", "consul", "digitalocean", "dns", "docker", "dockerswarm", "ec2", "eureka", "file", "gce"),
        *("hetzner", "http", "ionos", "kubernetes", "kuma", "lightsail", "linode", "marathon", "nerve"),
        *("nomad", "openstack", "ovhcloud", "puppetdb", "scaleway", "serverset", "stackit", "triton"),
        *("uyuni", "vultr"),
    )
)


def prove_config(promtool: Promtool, tree: BuiltTree, file: str) -> Part:
    """What promtool finds in the configuration `file`, its rule files left aside.

    Discoveries that this promtool was built without, and files that are not on this machine, are left out or
    stood in for, and noted; the rest is checked without them.
    """
    path = tree.path(file)
    # First as it stands, so that the lines are right.
    syntax = promtool.check_config(path, syntax_only=True)
    lacking = {name for finding in syntax.findings if (name := _lacking(finding))}
    wrong = [finding for finding in syntax.findings if not _lacking(finding)]
    if wrong:
        return Part(tuple(_placed(wrong, {}, tree)), ())
    content = as_map(load_yaml(path, yaml.CSafeLoader))
    with tempfile.TemporaryDirectory(prefix="monitorgen-") as folder:
        copy = staged(content, path.parent, Path(folder), lacking)
        result = promtool.check_config(copy.config)
        while more := {name for finding in result.findings if (name := _lacking(finding))} - lacking:
            lacking |= more
            copy = staged(content, path.parent, Path(folder), lacking)
            result = promtool.check_config(copy.config)
        back = {str(stand_in): named for named, stand_in in copy.stand_ins.items()} | {
            str(copy.config): str(path)
        }
        notes = (*_notes(copy), *(_named(warning, back, tree) for warning in result.warnings))
        return Part(tuple(_placed(result.findings, back, tree)), notes)


def _lacking(finding: Finding) -> str:
    """The service discovery that promtool does not know, or nothing when that is not what it says."""
    found = _UNKNOWN_FIELD.match(finding.message)
    return found[1] if found and found[1] in _DISCOVERIES else ""


def _notes(copy: Staged) -> Iterator[str]:
    for name, count in sorted(copy.left_out.items()):
        yield f"{name}: not compiled into this promtool, {count} left out of the check"
    if copy.stand_ins:
        names = ", ".join(copy.stand_ins)
        yield f"not on this machine, an empty file stood in for each: {names}"


def _placed(findings: Iterable[Finding], back: Mapping[str, str], tree: BuiltTree) -> Iterator[Finding]:
    """The findings with the paths of the tree for those of the copy, whose lines mean nothing."""
    for finding in findings:
        line = 0 if finding.file in back else finding.line
        message = _named(finding.message, back, tree)
        yield replace(finding, message=message, file=_named(finding.file, back, tree), line=line)


def _named(text: str, back: Mapping[str, str], tree: BuiltTree) -> str:
    for staged_path, path in back.items():
        text = text.replace(staged_path, path)
    return text.replace(f"{tree.root.as_posix()}/", "")
