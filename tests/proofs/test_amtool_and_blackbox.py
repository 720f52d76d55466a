"""amtool and blackbox_exporter as functions, asked of both generations."""

from pathlib import Path

import pytest

from monitorgen.model.versions import Version
from monitorgen.proofs.amtool import Amtool
from monitorgen.proofs.blackbox import Blackbox
from monitorgen.proofs.verdicts import Finding
from tests.support.nasty_strings import NASTY_STRINGS
from tests.support.servers import Generation

CONFIG = """\
route: {receiver: rest, routes: [{receiver: "a,b", matchers: ['team="x"']}]}
receivers:
  - {name: rest}
  - {name: "a,b", webhook_configs: [{url: "http://127.0.0.1:1/", http_config: {tls_config: {ca_file: /no}}}]}
"""


@pytest.fixture
def amtool(generation: Generation) -> Amtool:
    """The amtool of each generation."""
    return Amtool(generation.bin / "amtool")


def test_versions(amtool: Amtool, generation: Generation) -> None:
    assert amtool.version() == Version.parse(generation.versions["amtool"])
    blackbox = Blackbox(generation.bin / "blackbox_exporter")
    assert blackbox.version() == Version.parse(generation.versions["blackbox_exporter"])


def test_a_configuration_that_names_files_of_another_machine(amtool: Amtool, tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG)
    assert amtool.check_config(config).ok
    assert amtool.receivers(config, {"team": "x", "alertname": "y"}) == "a,b"
    assert amtool.receivers(config, {}) == "rest"


def test_findings_of_amtool(amtool: Amtool, tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.replace("receiver: rest", "receiver: best"))
    (found,) = amtool.check_config(config).findings
    assert found == Finding('undefined receiver "best" used in route', str(config))
    said = amtool.receivers(config, {"team": "x"})
    assert said == Finding('undefined receiver "best" used in route', str(config))
    config.write_text(CONFIG + "  - {name: c, bogus: 1}\ntemplates: ['*.tmpl']\n")
    (found,) = amtool.check_config(config).findings
    assert (found.line, found.message[:21]) == (5, "field bogus not found")
    (tmp_path / "a.tmpl").write_text("{{ end }}")
    config.write_text(CONFIG + "templates: ['*.tmpl']\n")
    (found,) = amtool.check_config(config).findings
    assert found.message.startswith("template: a.tmpl:1: unexpected {{end}}")


def test_any_value_of_a_label_can_be_asked_about(amtool: Amtool, tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG)
    odd = {f"odd{number}": value for number, value in enumerate(NASTY_STRINGS) if "\0" not in value}
    assert len(odd) > 90
    assert amtool.receivers(config, {**odd, "team": "x"}) == "a,b"
    # Which no program can be told on its command line.
    said = amtool.receivers(config, {"odd": "\0", "team": "x"})
    assert isinstance(said, Finding)
    assert "null byte" in said.message


def test_modules(generation: Generation, tmp_path: Path) -> None:
    blackbox = Blackbox(generation.bin / "blackbox_exporter")
    config = tmp_path / "blackbox.yml"
    config.write_text("modules: {a: {prober: http, http: {basic_auth: {username: x, password_file: /no}}}}\n")
    assert blackbox.check_config(config).ok
    config.write_text("modules:\n  a:\n    prober: http\n    htp: {}\n    tpc: {}\n")
    found = blackbox.check_config(config).findings
    assert [(one.line, one.message.split()[1]) for one in found] == [(4, "htp"), (5, "tpc")]
    config.write_text("modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ['((']}}}\n")
    (one,) = blackbox.check_config(config).findings
    assert "Could not compile regular expression" in one.message
