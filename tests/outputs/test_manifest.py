"""The manifest: written and read back, and never trusted."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.outputs.manifest import FORMAT, Manifest, parse, path_problem

_HASH = "0123456789abcdef" * 4
_MANIFEST = Manifest(
    tool_version="0.1.0",
    key="k",
    compatible_with={"prometheus": ("2.42", "3.5"), "alertmanager": ("0.25", "0.33")},
    arguments=("--environment", "prod"),
    spec_files={"checkout/spec.yaml": _HASH},
    files={"rules/b.yml": _HASH, "rules/a.yml": _HASH},
)


def test_the_text_is_sorted_and_reads_back_equal() -> None:
    text = _MANIFEST.to_text()

    assert text == (
        "{\n"
        '  "format": 1,\n'
        '  "monitorgen": "0.1.0",\n'
        '  "key": "k",\n'
        '  "compatible_with": {\n'
        '    "alertmanager": [\n      "0.25",\n      "0.33"\n    ],\n'
        '    "prometheus": [\n      "2.42",\n      "3.5"\n    ]\n'
        "  },\n"
        '  "arguments": [\n    "--environment",\n    "prod"\n  ],\n'
        '  "spec": {\n'
        f'    "checkout/spec.yaml": "{_HASH}"\n'
        "  },\n"
        '  "files": {\n'
        f'    "rules/a.yml": "{_HASH}",\n'
        f'    "rules/b.yml": "{_HASH}"\n'
        "  }\n"
        "}\n"
    )
    assert parse(text) == _MANIFEST
    assert parse(text.encode()) == _MANIFEST


def test_the_order_of_what_was_given_does_not_show() -> None:
    other = replace(_MANIFEST, files=dict(reversed(list(_MANIFEST.files.items()))))
    assert other.to_text() == _MANIFEST.to_text()


@settings(deadline=None)
@given(st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.lists(st.text())))
def test_any_text_survives(text: str, arguments: list[str], versions: dict[str, list[str]]) -> None:
    manifest = replace(
        _MANIFEST,
        key=text,
        arguments=tuple(arguments),
        compatible_with={server: tuple(v) for server, v in versions.items()},
        spec_files={text: _HASH},
    )
    assert parse(manifest.to_text().encode()) == manifest


def _changed(**fields: Any) -> str:
    return json.dumps(json.loads(_MANIFEST.to_text()) | fields)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00\x81", "not JSON"),
        (b"\x80binary", "not JSON"),
        ("{", "not JSON"),
        ("<<<<<<< ours\n" + _MANIFEST.to_text(), "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "not JSON"),
        ("null", "not a manifest"),
        ("[]", "not a manifest"),
        ('{"name": "a web app"}', "not a manifest"),
        (_changed(format=FORMAT + 1), "format is not 1"),
        (_changed(format="1"), "format is not 1"),
        (_changed(format=True), "format is not 1"),
        (_changed(monitorgen=None), "'monitorgen' is missing"),
        (_changed(key=3), "'key' is missing"),
        (_changed(compatible_with={"prometheus": "2.42"}), "'compatible_with' is missing"),
        (_changed(arguments=[1]), "'arguments' is missing"),
        (_changed(spec=[]), "'spec' is missing"),
        (_changed(files=None), "'files' is missing"),
        (_changed(files={"a": _HASH[1:]}), "'files' is missing"),
        (_changed(files={"a": _HASH.upper()}), "'files' is missing"),
        (_changed(files={"../a": _HASH}), "leads out of the build folder"),
        (_changed(files={"/etc/passwd": _HASH}), "leads out of the build folder"),
    ],
)
def test_junk_is_said_to_be_junk(text: str | bytes, said: str) -> None:
    found = parse(text)
    assert isinstance(found, str)
    assert said in found


@settings(deadline=None)
@given(
    st.binary()
    | st.text().map(lambda text: _MANIFEST.to_text().replace("files", text, 1).encode("utf-8", "replace"))
)
def test_nothing_raises(data: bytes) -> None:
    assert isinstance(parse(data), Manifest | str)


@pytest.mark.parametrize("cut", range(0, len(_MANIFEST.to_text()) - 2, 7))
def test_a_manifest_cut_short_is_no_manifest(cut: int) -> None:
    assert isinstance(parse(_MANIFEST.to_text()[:cut]), str)


@pytest.mark.parametrize(
    "path", ["a", "a/b.yml", ".hidden", "a..b", "ä/ö.json", "a b", "...", "sub/manifest.json", "x" * 255]
)
def test_ordinary_paths_are_fine(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/a", "a/", "a//b", ".", "./a", "a/.", "..", "../a", "a/../b", "a/..", "\\a", "..\\a"),
        *("a\x00b", "a\nb", "a\x7f", "\ud800", "x" * 256, "é" * 128, "/".join(["x" * 200] * 6)),
        *("manifest.json", "manifest.json/a", ".monitorgen-lock", ".monitorgen-1/a"),
    ],
)
def test_other_paths_are_not(path: str) -> None:
    assert path_problem(path) != ""
