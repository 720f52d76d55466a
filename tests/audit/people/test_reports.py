"""`monitorgen audit report`: numbers that are right, and for every control what it does not show."""

import json
import re
from pathlib import Path

import pytest

from monitorgen_exporters.audit.reports import FRAMEWORKS
from monitorgen_exporters.audit.reports.base import Framework
from monitorgen_exporters.audit.stamps import now
from tests.audit.people.logs import Place, entry

OLD = "2020-01-01T00:00:00.000000Z"


@pytest.fixture
def log(place: Place) -> Place:
    place.write(
        retention={"keep": "400d", "archive": "/srv/archive"},
        personal=["email"],
        filters={"data_access": {"actions": ["write"]}},
    )
    place.fill(
        [
            entry("authentication.login", ts=OLD),
            entry("authentication.login"),
            entry("authentication.login"),
            entry("authentication.logout"),
            entry("data_access.write"),
            entry("dataaccess.write"),
            entry("alert.firing"),
        ]
    )
    return place


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.key)
def test_every_control_says_what_it_does_not_cover(framework: Framework, log: Place) -> None:
    text = log.run("report", framework.key).output
    assert text.startswith(f"# Evidence from the audit log: {framework.name}\n")
    for control in framework.controls:
        part = text.partition(f"\n## {control.id}\n")[2].partition("\n## ")[0]
        assert control.gives in part
        assert f"It does not cover: {control.lacks}" in part
    assert framework.beyond in text
    assert "Not verified" in text
    said = json.loads(log.run("report", framework.key, "--format", "json").output)
    assert [each["id"] for each in said["controls"]] == [control.id for control in framework.controls]


def test_records_of_the_period_are_counted(log: Place) -> None:
    said = json.loads(log.run("report", "hipaa", "--since", "1d", "--format", "json").output)
    by_id = {each["id"]: each for each in said["controls"]}
    logins = by_id["45 CFR 164.308(a)(5)(ii)(C)"]
    assert logins["types"] == {"authentication.login": 2, "authentication.logout": 1}
    assert by_id["45 CFR 164.312(b)"]["records"] == 4
    assert by_id["45 CFR 164.308(a)(1)(ii)(D)"]["records"] == 0
    whole = json.loads(log.run("report", "hipaa", "--since", "2019-01-01", "--format", "json").output)
    assert whole["controls"][2]["types"]["authentication.login"] == 3
    old = json.loads(
        log.run(
            "report", "hipaa", "--since", "2019-01-01", "--until", "2021-01-01", "--format", "json"
        ).output
    )
    assert old["controls"][2]["records"] == 1
    assert "That is no evidence of absence" in log.run("report", "hipaa").output


def test_facts_of_the_log(log: Place) -> None:
    facts = " ".join(json.loads(log.run("report", "gdpr", "--format", "json").output)["facts"])
    assert "No anchor has confirmed a checkpoint" in facts
    assert "Records are kept 400d, then archived in /srv/archive." in facts
    assert "Filters leave out part of: data_access." in facts
    assert "Personal fields, kept apart: email." in facts
    log.confirm()
    assert f"The anchor test confirmed size 8 on {now()[:10]}" in log.run("report", "gdpr").output


def test_whether_it_can_be_believed_goes_in(log: Place, tmp_path: Path) -> None:
    verified = tmp_path / "verified.json"
    verified.write_text(log.run("verify", "--no-anchors", "--format", "json").output)
    log.fill([entry("a.b")])
    text = log.run("report", "sox", "--verification", verified).output
    assert re.search(r"Verified at 8 records: unanchored\. Not proven: .*", text)
    assert "1 records came after that." in text


@pytest.mark.parametrize("content", [b"", b"[]", b'{"origin": "x"}', b"[" * 100_000, b"\xff"])
def test_a_verification_that_is_none(log: Place, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "verified.json"
    file.write_bytes(content)
    result = log.run("report", "sox", "--verification", file)
    assert (result.exit_code, "is not what `monitorgen audit verify" in result.stderr) == (4, True)


def test_a_verification_of_another_log(log: Place, tmp_path: Path) -> None:
    file = tmp_path / "verified.json"
    file.write_text('{"origin": "other/audit/a/1", "size": 1, "verdict": "anchored", "not_proven": ""}')
    result = log.run("report", "sox", "--verification", file)
    assert (result.exit_code, "is about other/audit/a/1" in result.stderr) == (4, True)


def test_a_period_that_is_none(log: Place) -> None:
    result = log.run("report", "sox", "--since", "2026-01-02", "--until", "2026-01-01")
    assert (result.exit_code, "ends before it begins" in result.stderr) == (2, True)
