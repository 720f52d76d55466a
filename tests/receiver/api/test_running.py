"""The program as it is run: it ends although somebody listens, and shows the rules beside its settings."""

import json
import re
import subprocess
from pathlib import Path

import requests

from tests.support.receiver import PROGRAM, run_receiver, write_settings


def made_key(settings: Path, role: str = "admin") -> dict[str, str]:
    command = [*PROGRAM, "receiver", "keys", "create", role, "--role", role, "--config", str(settings)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    (key,) = re.findall(r"mgk_\w+", printed)
    return {"Authorization": f"Bearer {key}"}


def test_it_ends_while_somebody_listens(tmp_path: Path) -> None:
    settings = write_settings(tmp_path)
    headers = made_key(settings)
    with run_receiver(settings) as server:
        streams = [
            requests.get(f"{server.url}/api/v1/stream", headers=headers, stream=True, timeout=60)
            for _ in range(3)
        ]
        heard = [stream.iter_lines(chunk_size=1) for stream in streams]
        assert all(b"retry" in next(lines) for lines in heard)
        server.process.terminate()
        assert server.process.wait(60) == 0
        for lines in heard:
            assert b"event: ready" in list(lines)
        # Those that were listening got an end; none was torn off when the time of grace was over.
        assert "Traceback" not in server.log()
        assert "timeout" not in server.log().lower()


def test_rules_are_those_beside_the_settings(tmp_path: Path) -> None:
    settings = write_settings(tmp_path)
    rule = {
        "alertname": "WebDown",
        "service": "web",
        "team": "core",
        "severity": "critical",
        "for": "5m",
        "summary": "web is down",
        "description": "",
        "runbook": "https://runbooks.example/web",
        "dashboard": "",
        "file": "web.yaml",
        "line": 7,
    }
    other = {**rule, "alertname": "Slow", "service": "db"}
    headers = made_key(settings)
    with run_receiver(settings) as server:

        def rules(query: str = "") -> requests.Response:
            return requests.get(f"{server.url}/api/v1/rules{query}", headers=headers, timeout=60)

        assert rules().json() == {"rules": []}
        (tmp_path / "rules.json").write_text(json.dumps({"rules": [rule, other]}))
        assert rules().json() == {"rules": [rule, other]}
        assert rules("?service=web").json() == {"rules": [rule]}
        (tmp_path / "rules.json").write_text('{"rules": [{}]}')
        assert rules().status_code == 503
        assert "rules" in rules().json()["detail"]
