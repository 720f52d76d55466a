"""Witnesses of `audit:`, seen in the file that its runtime reads."""

from typing import Any

import yaml

from tests.fields.seen import Seen
from tests.fields.witness import Observe, Witness, codes

__all__ = ["WITNESSES"]

_FILE = "audit/audit.yml"
_GIVEN = {"audit.log": "log/audit.db", "audit.key": {"file": "audit.key"}}
_ANCHORS: dict[str, dict[str, Any]] = {
    "git": {"repository": "/srv/a.git"},
    "s3": {"bucket": "acme-audit"},
    "alertmanager": {"url": "http://127.0.0.1:9"},
    "witnesses.other": {"url": "http://127.0.0.1:9", "key": "w+1+a"},
}
_FILTER = "audit.filters.authentication"


def _said(path: str) -> Observe:
    """What audit.yml has at this path; None when there is no such thing, or no such file."""

    def look(seen: Seen) -> Any:
        found: Any = yaml.safe_load(seen.files.get(_FILE, "{}"))
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    return look


def _setting(path: str, value: Any, before: Any, after: Any = None, **given: Any) -> Witness:
    """A witness of a field below `audit`, which the file holds at the same path."""
    others = {f"audit.{other.replace('__', '.')}": said for other, said in given.items()}
    return Witness(
        f"audit.{path}", value, _said(path), before, value if after is None else after, _GIVEN | others
    )


def _anchor(name: str, field: str, value: Any, before: Any) -> Witness:
    return _setting(
        f"anchors.{name}.{field}", value, before, **{f"anchors__{name.replace('.', '__')}": _ANCHORS[name]}
    )


WITNESSES = (
    Witness(
        "audit",
        {"log": "audit.db", "key": {"env": "AUDIT_KEY"}},
        lambda seen: (_said("log")(seen), _said("key")(seen)),
        (None, None),
        ("audit.db", {"env": "AUDIT_KEY"}),
    ),
    _setting("log", "postgresql://audit@db/audit", "log/audit.db"),
    _setting("key", {"file": "/run/secrets/audit"}, {"file": "audit.key"}),
    _setting("name", "alerts", "monitoring"),
    _setting("guard", "/srv/guard", "/var/lib/monitorgen-signer/guard"),
    _setting("trust", "audit-trust.yml", None),
    _setting("checkpoints.every", "1m", "10s"),
    _setting("checkpoints.records", 50, 1000),
    _setting("personal", ["email"], None),
    _setting("retention.keep", "400d", "100d", retention={"keep": "100d"}),
    _setting("retention.archive", "/srv/archive", None, retention={"keep": "100d"}),
    _setting("stale_after", "2h", "1h"),
    _setting("filters.authentication.min_severity", "high", None),
    _setting("filters.authentication.actions", ["login"], None),
    _setting("filters.authentication.resources", ["auth"], None),
    _setting("filters.authentication.enabled", False, True, filters__authentication={"reason": "by the IdP"}),
    Witness(f"{_FILTER}.reason", "by the IdP", codes, "MG0314", "", _GIVEN | {_FILTER: {"enabled": False}}),
    _setting("anchors.prometheus.enabled", False, True),
    _setting("anchors.prometheus.url", "http://127.0.0.1:9", None),
    *(
        _anchor("git", field, value, before)
        for field, value, before in (
            ("repository", "/srv/b.git", "/srv/a.git"),
            ("branch", "seen", "audit-checkpoints"),
            ("every", "2h", "1h"),
        )
    ),
    *(
        _anchor("s3", field, value, before)
        for field, value, before in (
            ("bucket", "other", "acme-audit"),
            ("prefix", "audit/", None),
            ("region", "eu-west-1", None),
            ("endpoint", "http://127.0.0.1:9", None),
            ("retain", "800d", "400d"),
            ("every", "2h", "1h"),
        )
    ),
    _anchor("alertmanager", "url", "http://127.0.0.1:8", "http://127.0.0.1:9"),
    _anchor("alertmanager", "every", "12h", "1d"),
    _anchor("witnesses.other", "url", "http://127.0.0.1:8", "http://127.0.0.1:9"),
    _anchor("witnesses.other", "key", "w+2+b", "w+1+a"),
    _anchor("witnesses.other", "every", "5m", "1m"),
    Witness("emit.audit", False, lambda seen: _FILE in seen.files, True, False, _GIVEN),
)
