"""The alert rules on the receiver ask for metrics that it shows."""

import re
from pathlib import Path

import requests

from tests.support.alert_packs import rules
from tests.support.running import running_receiver


def test_they_ask_for_metrics_that_there_are(tmp_path: Path) -> None:
    alertmanager = {"alertmanager": {"urls": ["http://127.0.0.1:1"], "every": "1s"}}
    token = {"token": {"file": str(tmp_path / "eu1.token")}}
    with running_receiver(tmp_path, sources={"eu1": {**token, **alertmanager}}) as receiver:
        shown = requests.get(f"{receiver.url}/metrics", timeout=60).text
    there = set(re.findall(r"^# TYPE (\S+) ", shown, re.M)) | set(re.findall(r"^(\w+_total)\b", shown, re.M))
    asked = set(re.findall(r"monitorgen_receiver_\w+", " ".join(rule["expr"] for rule in rules("receiver"))))
    assert {name for name in asked if name.removesuffix("_total") not in there and name not in there} == set()
    assert len(asked) >= 10
