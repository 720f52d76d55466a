"""The audit log by the API: found, proven, and who looked is in it."""

from pathlib import Path

import pytest

from monitorgen_exporters.audit import keyfile
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.tlog_proof import verify_proof
from monitorgen_exporters.audit.tree import ProofError
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from tests.support.receiver_api import Api, alert
from tests.support.waiting import wait_until


@pytest.fixture
def some(api: Api) -> Api:
    for number in range(3):
        api.deliver(alert(f"A{number}"))
    return api


def types(api: Api, query: str = "") -> list[str]:
    return [record["type"] for record in api.get(f"/api/v1/audit/records{query}")["records"]]


def test_records_are_found(some: Api) -> None:
    assert types(some, "?type=alert") == ["alert.opened"] * 3
    (found,) = some.get("/api/v1/audit/records?subject=alert:A1")["records"]
    assert (found["actor"], found["pruned"]) == ("system:alertmanager", False)
    assert types(some, f"?incident={found['incident']}") == ["alert.opened"]
    assert types(some, "?type=alert&since=1h&until=2999-01-01") == ["alert.opened"] * 3
    assert types(some, "?type=alert&until=1h") == []
    assert some.get(f"/api/v1/audit/records/{found['position']}") == found


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_page_by_page(some: Api, order: str) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = some.get(f"/api/v1/audit/records?type=alert&limit=2&order={order}{after}")
        seen += [record["subject"] for record in page["records"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    expected = ["alert:A0", "alert:A1", "alert:A2"]
    assert seen == (expected if order == "oldest" else expected[::-1])


def test_who_looks_is_recorded_before_they_see(some: Api) -> None:
    some.get("/api/v1/audit/records?type=alert&text=A1", role="admin")
    record = some.get("/api/v1/audit/records?type=audit.searched&order=oldest&limit=1")["records"][0]
    assert record["actor"] == "key:admin-all"
    assert record["data"]["asked"] == {"type": ["alert"], "text": "A1"}
    (opened, *_) = some.get("/api/v1/audit/records?type=alert")["records"]
    some.get(f"/api/v1/audit/records/{opened['id']}")
    some.ask("GET", f"/api/v1/audit/records/{opened['id']}/proof")
    looked = some.get(f"/api/v1/audit/records?subject=record:{opened['id']}&order=oldest")["records"]
    assert [record["type"] for record in looked] == ["audit.read", "audit.proven"]


def test_a_proof_is_good_without_the_receiver(some: Api, tmp_path: Path) -> None:
    (found, *_) = some.get("/api/v1/audit/records?type=alert")["records"]
    place = f"/api/v1/audit/records/{found['id']}/proof"
    wait_until(lambda: some.ask("GET", place).status_code == 200)
    proof = some.ask("GET", place).content
    origin = some.ask("GET", "/api/v1/audit/checkpoint").text.split("\n")[0]
    trust = Trust(origin, (TrustedKey(keyfile.load(tmp_path / "audit.key").verifier),))
    proven = verify_proof(proof, trust)
    assert (decode(proven.body).id, proven.index) == (found["id"], found["position"])
    with pytest.raises(ProofError):
        verify_proof(proof, Trust("other/origin", trust.keys))


def test_what_no_checkpoint_covers_yet_is_to_be_asked_for_again(some: Api) -> None:
    (found, *_) = some.get("/api/v1/audit/records?type=alert")["records"]
    answer = some.ask("GET", f"/api/v1/audit/records/{found['id']}/proof")
    if answer.status_code != 200:  # a slow machine has sealed it meanwhile
        assert (answer.status_code, answer.headers["Retry-After"]) == (409, "5")
    assert some.ask("GET", "/api/v1/audit/records/999999/proof").status_code == 404
