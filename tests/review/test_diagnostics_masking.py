"""A secret in a spec is pointed at, and never shown again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitorgen.cli import cli
from monitorgen.review.diagnostics import FORMATS

_SPEC = """\
organization: acme
teams: {ops: {notify: {default: [chat]}}}
channels: {chat: {type: slack, webhook_url: SECRET, channel: "#ops"}}
services:
  shop:
    team: ops
    alerts:
      e:
        condition: {type: threshold, metric: m, operator: above, value: 1}
        severity: high
        description: x
"""


@pytest.mark.parametrize("format_", list(FORMATS))
@pytest.mark.parametrize(
    "secret", ["https://hooks.example/T0/b1gS3cret", '"two\\x20b1gS3cret\\n words"', "|-\n  b1gS3cret"]
)
def test_the_secret_is_in_no_report(format_: str, secret: str, tmp_path: Path) -> None:
    text = _SPEC.replace("SECRET", secret)
    if secret.startswith("|"):
        text = text.replace(
            'channels: {chat: {type: slack, webhook_url: |-\n  b1gS3cret, channel: "#ops"}}', _BLOCK
        )
    (tmp_path / "spec.yaml").write_text(text)
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "spec.yaml"), "--format", format_])
    assert done.exit_code == 1
    assert "MG0210" in done.output
    assert "b1gS3cret" not in done.output
    if format_ in ("json", "sarif"):
        json.loads(done.stdout)


_BLOCK = """\
channels:
  chat:
    type: slack
    webhook_url: |-
      b1gS3cret
      and more of it
    channel: "#ops\""""
