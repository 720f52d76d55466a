"""Every label, file name and identifier that monitorgen makes up. Nothing else invents one."""

import hashlib
import json
import re
from typing import Any, Final

__all__ = [
    "ALERTMANAGER_DIR",
    "AUDIT_DIR",
    "BLACKBOX_DIR",
    "CHECK",
    "CHECK_JOB_PREFIX",
    "ENVIRONMENT",
    "GRAFANA_DIR",
    "NOBODY",
    "NOTIFY",
    "NO_FOLDERS",
    "OVERVIEW",
    "PROMETHEUS_DIR",
    "RECEIVER",
    "RECEIVER_DIR",
    "RESERVED",
    "SERVICE",
    "SEVERITY",
    "TEAM",
    "TERRAFORM_DIR",
    "UNTESTED_FILE",
    "check_alert",
    "check_job",
    "coarse_test_file",
    "dashboard_uid",
    "digest",
    "job_name",
    "policy_name",
    "probe_file",
    "probe_module",
    "rule_file",
    "service_dashboard_uid",
    "slug",
    "test_file",
]

# Labels.
SERVICE: Final = "service"
TEAM: Final = "team"
SEVERITY: Final = "severity"
ENVIRONMENT: Final = "environment"
CHECK: Final = "check"
NOTIFY: Final = "notify"
"""Carried by an alert that overrides its team's policy; its value is the policy's name."""

RESERVED: Final = frozenset({"alertname", "alertstate", SERVICE, TEAM, SEVERITY, ENVIRONMENT, CHECK, NOTIFY})
"""Labels whose meaning is fixed: a spec may not set them by hand."""

NOBODY: Final = "nobody"
"""The receiver of the root route when the spec names no default: it has no integrations."""

RECEIVER: Final = "monitorgen"
"""The Alertmanager receiver that is our own webhook receiver; it is no person."""

# Folders of the built tree.
PROMETHEUS_DIR: Final = "prometheus"
ALERTMANAGER_DIR: Final = "alertmanager"
BLACKBOX_DIR: Final = "blackbox"
GRAFANA_DIR: Final = "grafana"
TERRAFORM_DIR: Final = "terraform"
AUDIT_DIR: Final = "audit"
RECEIVER_DIR: Final = "receiver"

UNTESTED_FILE: Final = "tests/untested.yml"
"""Below the Prometheus folder: the alerts without a unit test, and why each has none."""

OVERVIEW: Final = "overview"
"""The file of the dashboard of all services, and what its UID is made from."""

NO_FOLDERS: Final = frozenset({f"{OVERVIEW}.json", UNTESTED_FILE.rpartition("/")[2]})
"""Files that stand beside folders named after teams."""

CHECK_JOB_PREFIX: Final = "checks-"


def slug(text: str) -> str:
    """`text` as a file name: what is not a letter, digit, `_`, `-` or `.` becomes `-`, never hidden."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", text)
    return ("_" + safe if safe.startswith(".") else safe) or "_"


def digest(value: Any, length: int = 8) -> str:
    """The first characters of a SHA-256 over canonical JSON of `value`."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def policy_name(channels: tuple[str, ...] | list[str]) -> str:
    """The name of a set of channels, as receiver and as value of the `notify` label."""
    return ",".join(sorted(set(channels))) or NOBODY


def job_name(service: str, job: str) -> str:
    """The scrape job of one `scrape:` entry of a service."""
    return f"{service}-{job}"


def check_job(interval: str, timeout: str) -> str:
    """The scrape job that all checks with this interval and timeout share."""
    return f"{CHECK_JOB_PREFIX}{interval}-{timeout}"


def check_alert(check: str) -> str:
    """The alert a check raises for itself."""
    return f"{check}_check_failed"


def probe_module(kind: str, body: dict[str, Any], length: int = 8) -> str:
    """A blackbox module's name: the kind, and a hash of what it does, so equal checks share one."""
    return f"{kind}-{digest(body, length)}"


def probe_file(job: str, service: str) -> str:
    """The target file, below the Prometheus folder, of one service's checks in one check job."""
    return f"targets/{slug(job)}/{slug(service)}.json"


def rule_file(team: str, service: str) -> str:
    """The rule file of a service."""
    return f"rules/{slug(team)}/{slug(service)}.yml"


def test_file(rule_path: str) -> str:
    """The promtool test file of a rule file."""
    return "tests/" + rule_path.removeprefix("rules/").removesuffix(".yml") + ".test.yml"


def coarse_test_file(test_path: str, interval: str) -> str:
    """The further test file, beside `test_path`, of tests whose rules are evaluated at this interval."""
    folder, _, name = test_path.rpartition("/")
    return f"{folder}/every-{interval}/{name}"


def service_dashboard_uid(service: str, environment: str) -> str:
    """The UID of a service's dashboard; environments of one spec may share a Grafana."""
    return dashboard_uid("service", f"{environment}/{service}" if environment else service)


def dashboard_uid(kind: str, name: str) -> str:
    """A Grafana UID: at most 40 characters, the same for the same name for ever."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:22]
    return f"mg-{kind}-{readable}-{digest(name, 6)}"[:40]
