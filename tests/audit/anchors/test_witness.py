"""The witness as an anchor, against a witness over HTTP: cosignatures come back, and forks do not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.base import AnchorConflictError, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.http import Endpoint
from monitorgen_exporters.audit.anchors.planning import Surroundings
from monitorgen_exporters.audit.anchors.registry import planned_anchors
from monitorgen_exporters.audit.anchors.witness import WitnessAnchor
from monitorgen_exporters.audit.note import COSIGNATURE_V1, SigningKey, add_signatures, open_note
from tests.audit.witness.serving import KEY, submit, witness_of
from tests.support.audit_history import ORIGIN, History
from tests.support.sinks import webhook_sink

HISTORY = History(300)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A witness that watches the log of HISTORY and has seen nothing."""
    with witness_of(tmp_path, HISTORY) as found:
        yield found


def anchor_at(url: str, history: History = HISTORY) -> WitnessAnchor:
    """The anchor of a log at that witness."""
    return WitnessAnchor("witness:w1", Endpoint(url), KEY.verifier, history.origin, history.proof)


def test_a_cosignature_comes_back(url: str) -> None:
    anchor = anchor_at(url)
    for size in (0, 1, 100, 300, 300):
        note = HISTORY.note(size)
        signed = add_signatures(note, anchor.publish(note, HISTORY.checkpoint(size)))
        assert open_note(signed, (HISTORY.key.verifier, KEY.verifier)).verified[1] == KEY.verifier


def test_what_it_saw_is_told(url: str) -> None:
    anchor = anchor_at(url)
    assert list(anchor.recorded()) == []
    anchor.publish(HISTORY.note(100), HISTORY.checkpoint(100))
    (seen,) = anchor.recorded()
    assert isinstance(seen, Sighting)
    assert (seen.origin, seen.size, seen.root) == (ORIGIN, 100, HISTORY.checkpoint(100).root)
    stranger = replace(anchor, key=SigningKey(KEY.name, bytes(32), COSIGNATURE_V1).verifier)
    (other,) = stranger.recorded()
    assert isinstance(other, Unusable)


def test_a_log_that_was_rolled_back_or_forked_is_a_conflict(url: str) -> None:
    anchor_at(url).publish(HISTORY.note(100), HISTORY.checkpoint(100))
    with pytest.raises(AnchorConflictError, match="was it rolled back"):
        anchor_at(url).publish(HISTORY.note(60), HISTORY.checkpoint(60))
    fork = History(300, fork_at=40)
    with pytest.raises(AnchorConflictError, match="another root for size 100"):
        anchor_at(url, fork).publish(fork.note(100), fork.checkpoint(100))
    with pytest.raises(AnchorConflictError, match="does not continue"):
        anchor_at(url, fork).publish(fork.note(300), fork.checkpoint(300))
    (seen,) = anchor_at(url).recorded()
    assert isinstance(seen, Sighting)
    assert seen.agrees_with(HISTORY.checkpoint(100).root)


def test_a_witness_that_does_not_know_us(url: str) -> None:
    other = History(3, origin="acme/audit/other/1")
    with pytest.raises(AnchorError, match="does not watch acme/audit/other/1"):
        anchor_at(url, other).publish(other.note(), other.checkpoint())
    rotated = History(3, key=SigningKey(ORIGIN, bytes(32)))
    with pytest.raises(AnchorError, match="knows no key of the note"):
        anchor_at(url, rotated).publish(rotated.note(), rotated.checkpoint())


def test_a_witness_that_signs_with_another_key(url: str) -> None:
    other = SigningKey("witness.example/w2", bytes(32), COSIGNATURE_V1).verifier
    with pytest.raises(AnchorError, match=r"no cosignature by witness\.example/w2"):
        replace(anchor_at(url), key=other).publish(HISTORY.note(3), HISTORY.checkpoint(3))


def test_somebody_else_submits_meanwhile(url: str) -> None:
    moved = iter((10, 20, 30, 40))

    def slow(old: int, new: int) -> list[bytes]:
        submit(url, HISTORY, old, next(moved))
        return HISTORY.proof(old, new)

    submit(url, HISTORY, 0, 5)
    with pytest.raises(AnchorError, match="somebody else submits"):
        replace(anchor_at(url), proof=slow).publish(HISTORY.note(300), HISTORY.checkpoint(300))
    anchor_at(url).publish(HISTORY.note(300), HISTORY.checkpoint(300))


@pytest.mark.parametrize("status", [200, 301, 403, 409, 422, 500])
def test_a_server_that_is_something_else(status: int) -> None:
    with webhook_sink() as sink:
        sink.answers.extend([status] * 4)
        with pytest.raises(AnchorError):
            anchor_at(sink.url).publish(HISTORY.note(3), HISTORY.checkpoint(3))
        with pytest.raises(AnchorError):
            list(anchor_at(sink.url).recorded())


def test_a_key_that_is_none_is_said_at_each_use() -> None:
    settings = AuditAnchors.model_validate(
        {"witnesses": {"w1": {"url": "http://witness.example", "key": "no key"}}}
    )
    (planned,) = planned_anchors(settings)
    fed = planned.fed(Surroundings(ORIGIN, HISTORY.proof))
    for use in (fed.anchor.recorded, lambda: fed.anchor.publish(HISTORY.note(3), HISTORY.checkpoint(3))):
        with pytest.raises(AnchorError, match="its key is no verifier key"):
            use()
