"""What is told of a Go template before Alertmanager sees it agrees with what amtool says of it."""

from pathlib import Path

import pytest

from monitorgen.vocabulary.go_template import template_fault
from tests.support.servers import Generation

GOOD = [
    "",
    "plain } text { with }} braces",
    "{{ .Status }}",
    "{{.Status}}{{- .Status -}} x",
    '{{ "}}" }}{{ `}}` }}{{ "a\\"}}" }}',
    "{{ if .Status }}a{{ else if .Status }}b{{ else }}c{{ end }}",
    "{{ range .Alerts }}{{ with .Labels }}{{ . }}{{ end }}{{ end }}",
    "{{/* a comment with {{ and }} in it */}}",
    "{{- /* trimmed */ -}}",
    '{{ define "x" }}a{{ end }}{{ template "x" . }}',
    '{{ block "y" . }}a{{ end }}',
    '{{ $a := "b" }}{{ if (eq $a "b") }}c{{ end }}',
    '{{ len (printf "%s" ")") }}',
    "{{ .Alerts | len\n}}",
    "{{ if eq .Status `firing` }}<!channel>{{ end }}",
]
BAD = [
    "{{",
    "{{ .Status",
    "{{ .Status }",
    "{{ if .Status }}",
    "{{ end }}",
    "{{ else }}",
    "{{ range .Alerts }}{{ end }}{{ end }}",
    "{{ with .Alerts }}{{ if .x }}{{ end }}",
    '{{ "a }}',
    "{{ `a }}",
    "{{ }}",
    "{{ len (.Alerts }}",
    "{{/* never closed }}",
    "{{ /* not a comment */ }}",
]


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert template_fault(text) == ""


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str) -> None:
    assert template_fault(text) != ""


def test_amtool_agrees(generation: Generation, tmp_path: Path) -> None:
    (tmp_path / "none.tmpl").write_text("")
    for text in [*GOOD, *BAD]:
        done = generation.amtool(
            "template", "render", "--template.glob=none.tmpl", f"--template.text={text}", cwd=tmp_path
        )
        assert (done.returncode == 0) is (template_fault(text) == ""), (text, done.stderr)
