"""The S3 anchor against a server that speaks S3 with Object Lock."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from monitorgen_exporters.audit.anchors.base import AnchorConflictError, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.s3 import S3Anchor
from tests.support.audit_history import ORIGIN, History


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty S3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=60).raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str) -> Any:
    """The SDK of an insider who may do all that the store lets anybody do; with a locked bucket."""
    found = boto3.session.Session().client("s3", endpoint_url=endpoint)
    found.create_bucket(Bucket="checkpoints", ObjectLockEnabledForBucket=True)
    return found


@pytest.fixture
def anchor(client: Any, endpoint: str) -> S3Anchor:  # noqa: ARG001 - it makes the bucket
    """An anchor in that bucket."""
    return S3Anchor("s3", "checkpoints", prefix="/audit/", endpoint_url=endpoint)


def sightings(anchor: S3Anchor) -> list[Sighting]:
    """What the anchor holds of checkpoints."""
    return [one for one in anchor.recorded() if isinstance(one, Sighting)]


def faults(anchor: S3Anchor) -> str:
    """What else it holds."""
    return "\n".join(f"{one.place} {one.why}" for one in anchor.recorded() if isinstance(one, Unusable))


def test_what_was_published_is_read_back(anchor: S3Anchor) -> None:
    history = History(1000)
    assert list(anchor.recorded()) == []
    for size in (3, 20, 1000):
        assert anchor.publish(history.note(size), history.checkpoint(size)) == b""
    found = sightings(anchor)
    assert [one.size for one in found] == [3, 20, 1000]
    assert [one.note for one in found] == [history.note(size) for size in (3, 20, 1000)]
    assert {one.origin for one in found} == {ORIGIN}
    assert all(one.agrees_with(history.checkpoint(one.size).root) and one.seen for one in found)
    assert faults(anchor) == ""


def test_every_object_is_locked_in_compliance_mode(client: Any, endpoint: str) -> None:
    anchor = S3Anchor("s3", "checkpoints", retention=timedelta(days=400), endpoint_url=endpoint)
    anchor.publish(History(3).note(), History(3).checkpoint())
    (version,) = client.list_object_versions(Bucket="checkpoints")["Versions"]
    assert version["Key"].endswith("/00000000000000000003.checkpoint")
    held = client.head_object(Bucket="checkpoints", Key=version["Key"])
    assert held["ObjectLockMode"] == "COMPLIANCE"
    # Of the store's time only the day is asked: moto writes it without the zone.
    kept = held["ObjectLockRetainUntilDate"] - version["LastModified"]
    assert timedelta(days=398) < kept < timedelta(days=402)
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket="checkpoints", Key=version["Key"], VersionId=version["VersionId"])


def test_the_same_checkpoint_again_changes_nothing(anchor: S3Anchor, client: Any) -> None:
    history = History(4)
    for _ in range(2):
        anchor.publish(history.note(), history.checkpoint())
    assert len(client.list_object_versions(Bucket="checkpoints")["Versions"]) == 1


def test_another_root_for_the_same_size_is_a_conflict(anchor: S3Anchor) -> None:
    anchor.publish(History(4).note(), History(4).checkpoint())
    forked = History(4, fork_at=2)
    with pytest.raises(AnchorConflictError, match="holds the root"):
        anchor.publish(forked.note(), forked.checkpoint())


def test_a_delete_marker_hides_nothing(anchor: S3Anchor, client: Any) -> None:
    history = History(4)
    anchor.publish(history.note(), history.checkpoint())
    (version,) = client.list_object_versions(Bucket="checkpoints")["Versions"]
    client.delete_object(Bucket="checkpoints", Key=version["Key"])
    assert [one.size for one in sightings(anchor)] == [4]
    assert "delete marker" in faults(anchor)


def test_a_forged_version_on_top_hides_nothing(anchor: S3Anchor, client: Any) -> None:
    history, forged = History(4), History(4, fork_at=1)
    anchor.publish(history.note(), history.checkpoint())
    (version,) = client.list_object_versions(Bucket="checkpoints")["Versions"]
    client.put_object(Bucket="checkpoints", Key=version["Key"], Body=forged.note())
    client.put_object(Bucket="checkpoints", Key="audit/x/1.checkpoint", Body=b"no note")
    client.put_object(Bucket="checkpoints", Key="audit/x/2.checkpoint", Body=b"x" * 2_000_000)
    assert [one.root for one in sightings(anchor)] == [history.checkpoint().root]
    assert "not locked in compliance mode" in faults(anchor)
    assert "larger than 1 MiB" in faults(anchor)


def test_a_page_is_not_all(anchor: S3Anchor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitorgen_exporters.audit.anchors.s3._PAGE", 2)
    history = History(7)
    for size in range(1, 8):
        anchor.publish(history.note(size), history.checkpoint(size))
    assert [one.size for one in sightings(anchor)] == list(range(1, 8))


def test_a_bucket_without_lock_is_refused(client: Any, endpoint: str) -> None:
    client.create_bucket(Bucket="plain-bucket")
    anchor = S3Anchor("s3", "plain-bucket", endpoint_url=endpoint)
    with pytest.raises(AnchorError, match="make the bucket with Object Lock"):
        anchor.publish(History(1).note(), History(1).checkpoint())
    assert list(anchor.recorded()) == []


def test_what_is_not_there(endpoint: str) -> None:
    nothing = S3Anchor("s3", "no-such-bucket", endpoint_url=endpoint)
    nobody = S3Anchor("s3", "checkpoints", endpoint_url="http://127.0.0.1:1")
    for anchor, why in ((nothing, "NoSuchBucket"), (nobody, "Could not connect")):
        with pytest.raises(AnchorError, match=why):
            list(anchor.recorded())
        with pytest.raises(AnchorError, match=why):
            anchor.publish(History(1).note(), History(1).checkpoint())


def test_nobody_to_be(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    anchor = S3Anchor("s3", "checkpoints", endpoint_url=endpoint)
    with pytest.raises(AnchorError, match="credentials"):
        list(anchor.recorded())
