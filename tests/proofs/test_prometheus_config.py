"""The proof of `prometheus.yml` on a machine that lacks what the file refers to."""

from pathlib import Path

import pytest
import yaml

from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.prometheus_config import prove_config
from monitorgen.proofs.promtool import Promtool
from monitorgen.proofs.stand_ins import staged
from monitorgen.proofs.verdicts import Part
from tests.support.servers import Generation

LACKING = {
    "oldest": {"consul_sd_configs", "kubernetes_sd_configs", "nomad_sd_configs"},
    "newest": {"azure_sd_configs", "consul_sd_configs", "nomad_sd_configs", "openstack_sd_configs"},
}
"""What Debian's builds were seen to lack."""

DISCOVERIES = """\
scrape_configs:
  - job_name: one
    consul_sd_configs: [{server: "127.0.0.1:1"}, {server: "127.0.0.1:2"}]
    relabel_configs: [{source_labels: [__meta_consul_service], target_label: service}]
  - job_name: two
    kubernetes_sd_configs: [{role: pod}]
    azure_sd_configs: [{subscription_id: a, tenant_id: b, client_id: c, client_secret: d}]
    static_configs: [{targets: ["127.0.0.1:1"]}]
alerting:
  alertmanagers:
    - nomad_sd_configs: [{}]
"""


@pytest.fixture
def promtool(generation: Generation) -> Promtool:
    """The promtool of each generation."""
    return Promtool(generation.bin / "promtool")


def prove(promtool: Promtool, folder: Path, text: str) -> Part:
    (folder / "prometheus").mkdir(exist_ok=True)
    (folder / "prometheus" / "prometheus.yml").write_text(text)
    file = "prometheus/prometheus.yml"
    return prove_config(promtool, BuiltTree(folder, (file,)), file)


def test_discoveries_not_compiled_in_are_noted_and_counted(
    promtool: Promtool, generation: Generation, tmp_path: Path
) -> None:
    part = prove(promtool, tmp_path, DISCOVERIES)
    assert part.findings == ()
    counts = {"azure": 1, "consul": 2, "kubernetes": 1, "nomad": 1}
    assert part.notes == tuple(
        f"{name}_sd_configs: not compiled into this promtool, {count} left out of the check"
        for name, count in counts.items()
        if f"{name}_sd_configs" in LACKING[generation.name]
    )


def test_the_rest_is_still_checked(promtool: Promtool, tmp_path: Path) -> None:
    bad = DISCOVERIES.replace("target_label: service", "regex: '(('")
    (found,) = prove(promtool, tmp_path, bad).findings
    assert "missing closing )" in found.message
    assert found.file == "prometheus/prometheus.yml"
    bad = DISCOVERIES.replace('["127.0.0.1:1"]', '["http://127.0.0.1:1"]')
    (found,) = prove(promtool, tmp_path, bad).findings
    assert "is not a valid hostname" in found.message


def test_a_word_that_is_no_discovery_is_a_mistake_at_its_line(promtool: Promtool, tmp_path: Path) -> None:
    bad = DISCOVERIES.replace("    static_configs", "    bogus_sd_configs: []\n    static_configs")
    (found,) = prove(promtool, tmp_path, bad).findings
    assert (found.line, found.message) == (
        8,
        "field bogus_sd_configs not found in type config.ScrapeConfig",
    )


FILES = """\
scrape_configs:
  - job_name: one
    basic_auth: {username: x, password_file: /run/nowhere/password}
    tls_config: {ca_file: ca.pem, cert_file: /run/nowhere/cert.pem, key_file: /run/nowhere/password}
    static_configs: [{targets: ["127.0.0.1:1"], labels: {log_file: /var/log/x}}]
  - job_name: two
    file_sd_configs: [{files: ["targets/*.json", "/run/nowhere/*.yml"]}]
"""


def test_files_of_another_machine_are_stood_in_for(promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / "prometheus" / "targets").mkdir(parents=True)
    (tmp_path / "prometheus" / "ca.pem").touch()
    (tmp_path / "prometheus" / "targets" / "a.json").write_text('[{"targets": ["127.0.0.1:1"]}]')
    part = prove(promtool, tmp_path, FILES)
    assert part.findings == ()
    assert part.notes == (
        "not on this machine, an empty file stood in for each: /run/nowhere/password, /run/nowhere/cert.pem",
        'file "/run/nowhere/*.yml" for file_sd in scrape job "two" does not exist',
    )


def test_target_files_that_are_there_are_checked(promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / "prometheus" / "targets").mkdir(parents=True)
    (tmp_path / "prometheus" / "targets" / "a.json").write_text('[{"target": ["127.0.0.1:1"]}]')
    (found,) = prove(promtool, tmp_path, FILES).findings
    assert 'checking SD file "prometheus/targets/a.json"' in found.message
    assert str(tmp_path) not in found.message


def test_the_copy_says_what_the_original_says(tmp_path: Path) -> None:
    content = yaml.safe_load(FILES + "rule_files: [rules/*.yml]\nglobal: {external_labels: {x_file: y}}\n")
    home, folder = tmp_path / "home", tmp_path / "copy"
    folder.mkdir()
    copy = staged(content, home, folder, ())
    said = yaml.safe_load(copy.config.read_text())
    one, two = said["scrape_configs"]
    assert one["static_configs"] == content["scrape_configs"][0]["static_configs"]
    assert said["global"] == content["global"]
    assert "rule_files" not in said
    # A pattern that finds nothing stays one.
    assert two["file_sd_configs"] == [{"files": [f"{home}/targets/*.json", "/run/nowhere/*.yml"]}]
    # The same file is the same stand-in wherever it is named.
    assert one["basic_auth"]["password_file"] == one["tls_config"]["key_file"]
    assert len(copy.stand_ins) == 3
    assert all(path.parent == folder and path.is_file() for path in copy.stand_ins.values())


def test_a_file_that_is_no_mapping(promtool: Promtool, tmp_path: Path) -> None:
    for text in ("- a\n", "a: [", "\x00", '"\\ud800"'):
        assert prove(promtool, tmp_path, text).findings
