"""audit.yml: what the compiler writes is what the runtime reads, and anything else is refused in words."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from monitorgen.vocabulary.secrets import SecretEnv, SecretFile
from monitorgen_exporters.audit.config import MAX_CONFIG_BYTES, ConfigError, load_settings
from scripts.documentation.examples import compiled

FULL: dict[str, Any] = {
    "log": "postgresql://audit@db/audit",
    "key": {"env": "AUDIT_KEY"},
    "name": "alerts",
    "guard": "/srv/guard",
    "trust": "trust.yml",
    "checkpoints": {"every": "90s", "records": 7},
    "filters": {"auth": {"min_severity": "off", "actions": ["login"], "resources": ["auth"]}},
    "personal": ["email"],
    "retention": {"keep": "400d", "archive": "/srv/archive"},
    "anchors": {
        "prometheus": {"url": "http://prometheus:9090"},
        "git": {"repository": "/srv/a.git"},
        "s3": {"bucket": "b", "retain": "10y"},
        "alertmanager": {"url": "http://alertmanager:9093"},
        "witnesses": {"w": {"url": "https://w.example", "key": "w+1+a", "every": "1h30m"}},
    },
    "stale_after": "2h",
}


def built(tmp_path: Path, section: dict[str, Any]) -> Path:
    """audit.yml as the compiler writes it for this section."""
    spec = {
        "environment": "prod",
        "severities": ["low", "off", "high"],
        "audit": section,
    }
    example = compiled(yaml.safe_dump(spec))
    assert example.faults() == []
    path = tmp_path / "audit.yml"
    path.write_text(example.files[0]["audit/audit.yml"])
    return path


def test_all_that_the_spec_says_arrives(tmp_path: Path) -> None:
    read = load_settings(built(tmp_path, FULL))
    assert (read.log, read.key, read.guard) == (FULL["log"], SecretEnv("AUDIT_KEY"), "/srv/guard")
    assert (read.organization, read.environment) == ("acme", "prod")
    assert list(read.severities) == ["low", "off", "high"]
    assert (read.checkpoints.every, read.checkpoints.records) == (90, 7)
    assert read.filters["auth"].actions == ["login"]
    assert read.filters["auth"].min_severity == "off"
    assert read.retention is not None
    assert read.retention.keep == 400 * 86400
    anchors = read.anchors
    assert anchors.git is not None
    assert anchors.s3 is not None
    assert anchors.alertmanager is not None
    assert anchors.s3.retain == 10 * 365 * 86400
    assert anchors.witnesses["w"].every == 5400
    assert (anchors.prometheus.enabled, anchors.prometheus.url) == (True, "http://prometheus:9090")
    assert read.stale_after == 7200
    assert read.origin_prefix == "acme/audit/alerts-prod/"


def test_the_least_there_can_be(tmp_path: Path) -> None:
    path = tmp_path / "audit.yml"
    path.write_text("{organization: Acme & Sons Ltd, log: audit.db, key: {file: audit.key}}")
    read = load_settings(path)
    assert read.key == SecretFile("audit.key")
    assert read.retention is None
    assert read.origin_prefix == "Acme-Sons-Ltd/audit/monitoring/"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no settings"),
        ("- a", "holds no settings"),
        ("a: [", "is no YAML"),
        ("a: \x00", "is no YAML"),
        ("[" * 5000, "nested too deeply"),
        ("log: audit.db", "key: Field required"),
        ("{organization: a, log: audit.db, key: {file: k}, retntion: {}}", "retntion: Extra inputs"),
        (
            "{organization: a, log: audit.db, key: {file: k}, retention: {keep: ever}}",
            "retention.keep: not a time to keep",
        ),
        ("{organization: a, log: audit.db, key: hunter2}", "key: a secret must not be written"),
        ("a" * (MAX_CONFIG_BYTES + 1), "is longer than"),
    ],
)
def test_anything_else_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "audit.yml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "audit.yml"
    path.write_bytes(b"\xff\xfe\x00a: \xff")
    with pytest.raises(ConfigError):
        load_settings(path)
