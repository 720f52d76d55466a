"""Descriptions of alerts on dashboards, where no alert fires that could fill them in."""

import pytest

from monitorgen.lower.spoken import spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no templates, $5 and {braces}", "no templates, $5 and {braces}"),
        ("{{ $value }} orders wait", "[value] orders wait"),
        ("{{$value|humanizePercentage}} of orders fail", "[value] of orders fail"),
        ("Disk {{ $labels.disk }} of {{- $labels.instance -}}!", "Disk [disk] of [instance]!"),
        ('{{ index $labels "a-b" }}', "[a-b]"),
        ('{{ printf "%.2f" $value }}s', "[value]s"),
        ("{{ if gt $value 5.0 }}many{{ else }}few{{ end }} jobs{{/* so far */}}", "manyfew jobs"),
        ('plain {{ "{{" }} braces', "plain {{ braces"),
        ("{{ $x := 1 }}from {{ $externalURL }}", "from [...]"),
        ("{{ never closed", "{{ never closed"),
    ],
)
def test_templates_are_named_by_what_they_say(text: str, said: str) -> None:
    assert spoken(text) == said
