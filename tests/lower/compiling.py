"""Specs on their way to a stack, for tests of what they are lowered to."""

from collections.abc import Mapping
from pathlib import Path

from monitorgen.cli.pipeline import Compiled, compile_spec, read
from monitorgen.model.stack import Stack
from monitorgen.plan import Plan

__all__ = ["compiled", "lowered", "planned"]

_HEAD = """
organization: acme
channels:
  chat: {type: webhook, url: "http://127.0.0.1:9/chat"}
  pager: {type: webhook, url: "http://127.0.0.1:9/pager"}
  mail: {type: webhook, url: "http://127.0.0.1:9/mail"}
  spare: {type: webhook, url: "http://127.0.0.1:9/spare"}
"""


def compiled(text: str, folder: Path, *, others: Mapping[str, str] | None = None) -> Compiled:
    """A spec of these lines and those every spec here begins with, and of `others`, files by their names."""
    files = {"spec.yaml": _HEAD + text, **(others or {})}
    for name, content in files.items():
        (folder / name).write_text(content)
    return compile_spec(read([folder / name for name in files]))


def planned(text: str, folder: Path) -> Plan:
    """The plan of a spec that has no errors."""
    found = compiled(text, folder)
    assert not found.failed(), found.diagnostics
    assert found.plan is not None
    return found.plan


def lowered(text: str, folder: Path) -> Stack:
    """The stack of a spec that has no errors."""
    found = compiled(text, folder)
    assert not found.failed(), found.diagnostics
    assert found.stack is not None
    return found.stack
