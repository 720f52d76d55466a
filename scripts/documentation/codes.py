"""Every diagnostic: what it is, why, how it looks, and what mends it."""

from difflib import ndiff

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import Code, in_order
from monitorgen.review.codes import CODES
from monitorgen.review.diagnostics.text import blocks
from monitorgen.source.tree import load_text
from scripts.documentation.markdown import cell, slug, table

__all__ = ["code_list", "code_pages"]

_AREAS = {
    "01": "Reading files",
    "02": "Fields and kinds",
    "03": "References and names",
    "04": "PromQL",
    "05": "Delivery",
    "06": "Channels and other outputs",
    "07": "The build folder",
}


def code_list() -> str:
    """A table of all codes for each area."""
    parts = []
    for area, title in _AREAS.items():
        rows = [
            (f"[{code.id}](#{slug(_heading(code))})", code.severity.value, cell(_title(code)))
            for code in _codes(area)
        ]
        parts.append(f"**{title}**\n\n{table(('code', 'severity', 'what'), rows)}")
    return "\n\n".join(parts)


def code_pages() -> str:
    """Every code in full, by area."""
    known = {code.id for area in _AREAS for code in _codes(area)}
    assert known == {code.id for code in CODES}, "a code belongs to no area"
    return "\n\n".join(
        f"## {title}\n\n" + "\n\n".join(_entry(code) for code in _codes(area))
        for area, title in _AREAS.items()
    )


def _codes(area: str) -> list[Code]:
    return [code for code in CODES if code.id.startswith(f"MG{area}")]


def _entry(code: Code) -> str:
    parts = [f"### {_heading(code)}", f"*{code.severity}.* {' '.join(code.why.split())}"]
    if code.bad:
        loaded = load_text(code.bad.lstrip("\n"))
        found = in_order(d for one in compile_all(loaded) for d in one.diagnostics)
        shown = blocks([d for d in found if d.code == code.id], loaded.sources, color=False)
        parts += [f"```text\n{shown}\n```", "Mended:", f"```diff\n{_mending(code)}\n```"]
    else:
        parts.append("This is not about what a spec says, so no spec can show it.")
    return "\n\n".join(parts)


def _mending(code: Code) -> str:
    """What changes from the bad example to the good one."""
    bad, good = (text.strip("\n").splitlines() for text in (code.bad, code.good))
    return "\n".join(line for line in ndiff(bad, good) if line.startswith(("- ", "+ ")))


def _heading(code: Code) -> str:
    return f"{code.id}: {_title(code)}"


def _title(code: Code) -> str:
    return code.title[:1].upper() + code.title[1:]
