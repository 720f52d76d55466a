"""The receiver of each example starts from the file that is built, and takes an alert of its Alertmanager."""

import base64
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from monitorgen_exporters.audit.keyfile import generate
from tests.support.checkout import TOP
from tests.support.processes import run_server
from tests.support.receiver import PROGRAM

EXAMPLES = TOP / "examples"
BUILT = sorted(EXAMPLES.glob("*/build/**/receiver.yml"))
SECRET = "of the test alone"  # noqa: S105 - and of nobody else


def name_of(built: Path) -> str:
    return "-".join(built.relative_to(EXAMPLES).parts[:-2])


def test_the_seeds_have_receivers() -> None:
    assert {name_of(built).partition("-build")[0] for built in BUILT} >= {
        "cloud-resources",
        "enterprise",
        "iot-platform",
        "monitoring-system",
        "observability",
    }


@pytest.mark.parametrize("built", BUILT, ids=name_of)
def test_it_starts_from_the_built_file(built: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    settings = Places(tmp_path).instead(yaml.load(built.read_text(), yaml.BaseLoader))  # noqa: S506 - texts
    if settings["audit"]["log"].startswith("postgresql"):
        settings["audit"]["log"] = request.getfixturevalue("postgres_url")
    if settings.pop("tls", None):  # test_tls.py has certificates
        settings["behind_tls_proxy"] = "true"
    for source in settings["sources"].values():
        if "alertmanager" in source:
            source["alertmanager"] = {"urls": ["http://127.0.0.1:9"]}
        if source.pop("client_certificate", None):
            (tmp_path / "token").write_text(SECRET)
            source["token"] = {"file": str(tmp_path / "token")}
    placed = tmp_path / "receiver.yml"
    placed.write_text(yaml.safe_dump(settings))
    name, source = next(iter(settings["sources"].items()))
    user = f"{source.get('username', '')}:{SECRET}".encode()
    shown = f"Bearer {SECRET}" if "token" in source else f"Basic {base64.b64encode(user).decode()}"
    with run_server(
        lambda address: [*PROGRAM, "receiver", "run", "--config", placed, "--listen", address],
        log_path=tmp_path / "log",
        ready="/readyz",
    ) as server:
        answer = requests.post(
            f"{server.url}/api/v1/webhook/{name}",
            json=DELIVERY,
            headers={"Authorization": shown},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        assert 'monitorgen_receiver_alerts_total{told="opened"} 1.0' in server.get("/metrics").text


DELIVERY = {
    "version": "4",
    "groupKey": "{}",
    "receiver": "monitorgen",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High", "severity": "critical", "service": "checkout"},
            "startsAt": "2026-11-21T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


class Places:
    """Files in a folder that stand for those the settings name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def instead(self, value: Any, name: str = "") -> Any:
        """The settings with them."""
        match value:
            case {"env": _} | {"file": _} if name == "key":
                generate(self._folder / "audit.key", "example/audit/log")
                return {"file": str(self._folder / "audit.key")}
            case {"env": _}:
                return {"file": self._file("file")}
            case dict():
                return {
                    key: part if key == "command" else self.instead(part, key) for key, part in value.items()
                }
            case list():
                return [self.instead(part) for part in value]
            case str() if value.startswith("/"):
                return self._file(name)
        return value

    def _file(self, name: str) -> str:
        path = self._folder / name
        match name:
            case "file":
                path.write_text(SECRET)
            case "jwks_file":
                path.write_text('{"keys": []}')
            case "guard":
                path = self._folder / "signer" / "guard"
                path.parent.mkdir(exist_ok=True)
        return str(path)
