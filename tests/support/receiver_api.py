"""A receiver with its HTTP server in this process, what an Alertmanager posts to it, and people with keys."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import requests
import uvicorn

from monitorgen_exporters.audit import keyfile
from monitorgen_exporters.receiver.access.keys import create
from monitorgen_exporters.receiver.config import Settings
from monitorgen_exporters.receiver.service import Service
from monitorgen_exporters.receiver.web.application import application
from tests.support.receiver_keys import ADMIN
from tests.support.waiting import wait_until

__all__ = ["TOKENS", "Api", "alert", "running_api", "settings_of"]

TOKENS: Final = {"eu1": "eu1-token-of-the-test", "acme": "acme-token-of-the-test", "beta": "beta-token"}
"""The bearer token of each source; `acme` and `beta` are of the tenants of these names."""


def settings_of(url: str, folder: Path, **said: Any) -> Settings:
    """Settings of a receiver that keeps everything at `url`, with its secrets in `folder`."""
    if not (folder / "audit.key").exists():
        keyfile.generate(folder / "audit.key", "acme/audit/test")
    for name, token in TOKENS.items():
        (folder / f"{name}.token").write_text(token)
    sources: dict[str, dict[str, Any]] = {
        name: {"token": {"file": str(folder / f"{name}.token")}, "default": name == "eu1"} for name in TOKENS
    }
    for tenant in ("acme", "beta"):
        sources[tenant]["tenant"] = tenant
    return Settings.model_validate(
        {
            "organization": "acme",
            "sources": sources,
            "limits": {"requests_per_minute": 100_000},
            "audit": {
                "log": url,
                "key": {"file": str(folder / "audit.key")},
                "guard": str(folder / "guard"),
            },
            **said,
        }
    )


def alert(name: str = "WebDown", status: str = "firing", **labels: str) -> dict[str, Any]:
    """An alert as it stands in a delivery."""
    began = "2026-11-21T14:06:54.123Z"
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "critical", **labels},
        "annotations": {"summary": f"{name} of {labels.get('service', 'nothing')}"},
        "startsAt": began,
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else datetime.now(UTC).isoformat(),
        "generatorURL": "http://prometheus.example/graph",
    }


@dataclass
class Api:
    """A receiver that answers at `url`; requests are made with a key that may do everything."""

    service: Service
    url: str
    keys: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def key(self, role: str = "admin", tenant: str | None = None) -> str:
        """A key of that role and tenant, made when it is first asked for."""
        if (role, tenant) not in self.keys:
            name = f"{role}-{tenant or 'all'}"
            known = self.service.settings.all_roles
            with self.service.database.write() as work:
                made = create(work, ADMIN, name=name, roles=[role], known=known, tenant=tenant)
            self.keys[role, tenant] = made.text
        return self.keys[role, tenant]

    def ask(
        self,
        method: str,
        path: str,
        *,
        role: str = "admin",
        tenant: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        """The answer to a request by a key of this role and tenant."""
        sent = {"Authorization": f"Bearer {self.key(role, tenant)}", **(headers or {})}
        return requests.request(method, self.url + path, headers=sent, timeout=60, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The JSON of GET `path`; raises for any status but a 2xx."""
        answer = self.ask("GET", path, **more)
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json()

    def deliver(self, *alerts: dict[str, Any], source: str = "eu1", group: str = "{}") -> None:
        """Posts a group of alerts as that source, and has them kept."""
        answer = requests.post(
            f"{self.url}/api/v1/webhook",
            json={"version": "4", "groupKey": group, "receiver": "monitorgen", "alerts": list(alerts)},
            headers={"Authorization": f"Bearer {TOKENS[source]}"},
            timeout=60,
        )
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"


@contextmanager
def running_api(settings: Settings) -> Iterator[Api]:
    """A whole receiver by these settings, served from a thread of this process."""
    with Service(settings) as service, socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(
            uvicorn.Config(
                application(service),
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=20,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="http")
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            yield Api(service, f"http://127.0.0.1:{bound.getsockname()[1]}")
        finally:
            service.live.end()
            server.should_exit = True
            thread.join()
