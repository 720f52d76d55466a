"""Witnesses of `receiver:`, seen in the file that its runtime reads and in Alertmanager's configuration."""

from typing import Any

import yaml

from tests.fields.seen import Seen
from tests.fields.witness import Observe, Witness, codes, receiver

__all__ = ["WITNESSES"]

_FILE, _ALERTMANAGER = "receiver/receiver.yml", "alertmanager/alertmanager.yml"
_TOKEN = {"file": "/run/secrets/eu1"}
_GIVEN: dict[str, Any] = {
    "audit": {"log": "log/audit.db", "key": {"file": "audit.key"}},
    "receiver.sources.eu1.token": _TOKEN,
}
_UNREAD = {"emit.alertmanager": False}
"""For what names certificates: Alertmanager wants to read them."""
_TLS = {"certificate": "r.crt", "key": "r.key", "client_ca": "ca.crt"}
_HOOK: dict[str, Any] = {"url": "http://127.0.0.1:9/hook"}
_ACTION: dict[str, Any] = {"command": ["/bin/true"], "match": {"alertname": "errors"}}
_VERIFY: dict[str, Any] = {"command": ["/bin/true"]}
_UNIT = {"label": "service", "pattern": "[a-z]{1,9}"}
_JWT: dict[str, Any] = {"issuer": "https://id.acme.example", "audience": "alerts", "jwks_file": "keys.json"}


def _said(path: str) -> Observe:
    """What receiver.yml has at this path; None when there is no such thing, or no such file."""

    def look(seen: Seen) -> Any:
        found: Any = yaml.safe_load(seen.files.get(_FILE, "{}"))
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    return look


def _posted(*keys: str) -> Observe:
    """What Alertmanager has for the webhook of the receiver, below these keys."""

    def look(seen: Seen) -> Any:
        every = seen.alertmanager["receivers"]
        found: Any = next(one for one in every if one["name"] == "monitorgen")["webhook_configs"][0]
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    return look


def _setting(path: str, value: Any, before: Any, after: Any = None, **given: Any) -> Witness:
    """A witness of a field below `receiver`, which the file holds at the same path."""
    others = {f"receiver.{other.replace('__', '.')}": said for other, said in given.items()}
    return Witness(
        f"receiver.{path}",
        value,
        _said(path),
        before,
        value if after is None else after,
        {**_GIVEN, **others},
    )


def _below(
    home: str, said: dict[str, Any], fields: tuple[tuple[str, Any, Any], ...], **given: Any
) -> tuple[Witness, ...]:
    """Witnesses of fields of the part at `home`, which holds `said` before."""
    return tuple(
        _setting(f"{home}.{field}", value, before, **{home.replace(".", "__"): said}, **given)
        for field, value, before in fields
    )


WITNESSES = (
    Witness(
        "receiver",
        {"sources": {"eu1": {"token": _TOKEN}}},
        receiver(),
        "chat",
        "monitorgen, chat",
        {"audit": _GIVEN["audit"]},
    ),
    _setting("listen", "127.0.0.1:9999", "127.0.0.1:9393"),
    Witness(
        "receiver.url",
        "http://alerts.acme.example/",
        lambda seen: "url: http://alerts.acme.example/api/v1/webhook/eu1" in seen.files[_ALERTMANAGER],
        False,
        True,
        _GIVEN,
    ),
    _setting("tls.certificate", "other.crt", "r.crt", tls=_TLS),
    _setting("tls.key", "other.key", "r.key", tls=_TLS),
    _setting("tls.client_ca", "other.crt", "ca.crt", tls=_TLS),
    _setting("behind_tls_proxy", True, False),
    Witness(
        "receiver.sources.eu1.token",
        {"file": "/run/other"},
        _posted("http_config", "authorization", "credentials_file"),
        "/run/secrets/eu1",
        "/run/other",
        _GIVEN,
    ),
    *(
        Witness(
            f"receiver.sources.eu1.{field}",
            value,
            _posted("http_config", "basic_auth", emitted),
            before,
            after,
            {
                "audit": _GIVEN["audit"],
                "receiver.sources.eu1": {"username": "am", "password": {"file": "/run/password"}},
            },
        )
        for field, value, emitted, before, after in (
            ("username", "other", "username", "am", "other"),
            ("password", {"file": "/run/other"}, "password_file", "/run/password", "/run/other"),
        )
    ),
    Witness(
        "receiver.sources.eu1.tls",
        {"ca_file": "/etc/ca.crt"},
        _said("sources.eu1.tls"),
        None,
        {"ca_file": "/etc/ca.crt"},
        _GIVEN | _UNREAD,
    ),
    Witness(
        "receiver.sources.eu1.client_certificate",
        "other",
        _said("sources.eu1.client_certificate"),
        "am-1",
        "other",
        _UNREAD
        | {
            "audit": _GIVEN["audit"],
            "receiver.tls": _TLS,
            "receiver.sources.eu1": {
                "client_certificate": "am-1",
                "tls": {"cert_file": "/etc/am.crt", "key_file": "/etc/am.key"},
            },
        },
    ),
    _setting("sources.eu1.tenant", "shop", None),
    Witness(
        "receiver.sources.eu1.default",
        True,
        codes,
        "MG0669",
        "",
        _GIVEN | {"receiver.sources.us1": {"token": _TOKEN}},
    ),
    _setting(
        "sources.us1.receiver_name",
        "other",
        "monitorgen",
        sources__us1={"token": _TOKEN},
        sources__eu1__default=True,
    ),
    *_below(
        "sources.eu1.alertmanager",
        {"urls": ["http://127.0.0.1:9"]},
        (
            ("urls", ["http://127.0.0.1:8"], ["http://127.0.0.1:9"]),
            ("token", {"env": "AM_TOKEN"}, None),
            ("tls", {"ca_file": "/etc/ca.crt"}, None),
            ("every", "1m", "30s"),
            ("absent_polls", 5, 3),
            ("resend_window", "30m", "15m"),
            ("silence", False, True),
        ),
    ),
    *_below(
        "sources.eu1.alertmanager",
        {"urls": ["http://127.0.0.1:9"], "username": "a", "password": {"env": "A"}},
        (("username", "b", "a"), ("password", {"env": "B"}, {"env": "A"})),
    ),
    _setting("roles", {"lead": ["read"]}, None),
    _setting("users.ann.roles", ["viewer"], ["admin"], users={"ann": {"roles": ["admin"]}}),
    _setting("users.ann.tenant", "shop", None, users={"ann": {"roles": ["admin"]}}),
    *_below(
        "jwt",
        _JWT,
        (
            ("issuer", "https://other.example", "https://id.acme.example"),
            ("audience", "other", "alerts"),
            ("jwks_file", "other.json", "keys.json"),
            ("algorithms", ["EdDSA"], ["RS256", "ES256"]),
            ("username_claim", "email", "sub"),
            ("roles_claim", "groups", None),
            ("tenant_claim", "org", None),
            ("leeway", "1m", "30s"),
        ),
    ),
    Witness(
        "receiver.jwt.jwks_url",
        "https://id.acme.example/other",
        _said("jwt.jwks_url"),
        "https://id.acme.example/keys",
        "https://id.acme.example/other",
        _GIVEN
        | {
            "receiver.jwt": {
                "issuer": "i",
                "audience": "a",
                "jwks_url": "https://id.acme.example/keys",
            }
        },
    ),
    *_below(
        "acknowledgement",
        {"timeout": "30m", "notify": ["hook"]},
        (
            ("timeout", "1h", "30m"),
            ("reminder", "10m", None),
            ("reminders", 5, 3),
            ("max", "1d", None),
            ("notify", ["other"], ["hook"]),
            ("severities", ["high"], None),
        ),
        notifications={"hook": _HOOK, "other": _HOOK},
    ),
    *_below(
        "notifications.hook",
        _HOOK,
        (
            ("url", {"env": "HOOK"}, "http://127.0.0.1:9/hook"),
            ("secret", {"file": "/run/hmac"}, None),
            (
                "events",
                [],
                [
                    *(
                        "opened",
                        "stage",
                        "acknowledged",
                        "resolved",
                        "vanished",
                        "timed_out",
                        "reminded",
                        "unknown",
                    )
                ],
            ),
            ("match", {"team": ["payments"]}, None),
            ("timeout", "5s", "10s"),
            ("attempts", 3, 20),
            ("deadline", "1h", "1d"),
            ("throttle.per", "5m", "1m"),
            ("throttle.at_most", 5, 60),
            ("idempotent", False, True),
        ),
    ),
    Witness(
        "receiver.notifications.hook.enabled",
        False,
        _said("notifications.hook"),
        {
            "url": "http://127.0.0.1:9/hook",
            "events": ["opened"],
            "timeout": "10s",
            "attempts": 20,
            "deadline": "1d",
            "throttle": {"per": "1m", "at_most": 60},
            "idempotent": True,
            "enabled": True,
            "reason": "moved",
        },
        None,
        _GIVEN | {"receiver.notifications.hook": _HOOK | {"reason": "moved", "events": ["opened"]}},
    ),
    Witness(
        "receiver.notifications.hook.reason",
        "moved",
        codes,
        "MG0314",
        "",
        _GIVEN | {"receiver.notifications.hook": _HOOK | {"enabled": False}},
    ),
    *_below(
        "actions.mend",
        _ACTION,
        (
            ("command", ["/bin/false"], ["/bin/true"]),
            ("parameters", {"unit": _UNIT}, None),
            ("match", {"team": ["payments"]}, {"alertname": ["errors"]}),
            ("on", "stage", "opened"),
            ("dry_run", True, False),
            ("timeout", "5m", "1m"),
            ("idempotent", True, False),
            ("target", "web", None),
            ("cooldown", "0s", "15m"),
            ("rate.per", "1d", "1h"),
            ("rate.at_most", 3, 10),
            ("concurrency", 2, 1),
            ("stop_after", 5, 3),
            ("memory", 1 << 30, 256 << 20),
            ("cpu", "5s", "30s"),
            ("output", 1 << 20, 64 << 10),
            ("user", "nobody", None),
            ("environment", {"LANG": "C"}, None),
            ("redact", ["token=[a-z]+"], None),
        ),
    ),
    *_below(
        "actions.mend",
        _ACTION | {"verify": _VERIFY},
        (("verify.command", ["/bin/false"], ["/bin/true"]), ("verify.timeout", "5s", "10s")),
    ),
    *_below(
        "actions.mend",
        _ACTION | {"parameters": {"unit": _UNIT}},
        (("parameters.unit.label", "team", "service"), ("parameters.unit.pattern", "[a-z]", "[a-z]{1,9}")),
    ),
    Witness(
        "receiver.actions.mend.enabled",
        False,
        lambda seen: _said("actions.mend")(seen) is not None,
        True,
        False,
        _GIVEN | {"receiver.actions.mend": _ACTION | {"reason": "too early"}},
    ),
    Witness(
        "receiver.actions.mend.reason",
        "too early",
        codes,
        "MG0314",
        "",
        _GIVEN | {"receiver.actions.mend": _ACTION | {"enabled": False}},
    ),
    _setting("unknown_notify", ["hook"], None, notifications={"hook": _HOOK}),
    _setting("limits.body", 1 << 20, 32 << 20),
    _setting("limits.requests_per_minute", 60, 600),
    _setting("limits.connections", 100, 10000),
    _setting("retention.deliveries", "8d", "30d"),
    _setting("retention.episodes", "7y", "400d"),
    Witness("emit.receiver", False, lambda seen: _FILE in seen.files, True, False, _GIVEN),
)
