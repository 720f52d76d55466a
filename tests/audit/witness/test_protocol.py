"""C2SP tlog-witness, status by status, over HTTP."""

import base64
import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from monitorgen_exporters.audit.note import SigningKey, open_note, sign_note
from monitorgen_exporters.audit.witness.memory import Memory
from monitorgen_exporters.audit.witness.submission import LARGEST, format_submission
from tests.audit.witness.serving import KEY, submit, witness_of
from tests.support.audit_history import ORIGIN, History

HISTORY = History(300)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A witness that watches the log of HISTORY and has seen nothing."""
    with witness_of(tmp_path, HISTORY) as found:
        yield found


def cosigned(note: bytes, answer: requests.Response) -> bool:
    """Whether the answer is one good cosignature of the witness, and no more."""
    assert answer.status_code == 200, answer.text
    opened = open_note(note + answer.content, (HISTORY.key.verifier, KEY.verifier))
    assert opened.times[KEY.verifier] > 1_700_000_000
    return len(opened.verified) == 2 and answer.text.count("\n") == 1


def known(answer: requests.Response) -> int:
    """The size that an answer of 409 tells."""
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "text/x.tlog.size"
    assert answer.text.endswith("\n")
    return int(answer.text)


def test_a_log_is_followed(url: str) -> None:
    old = 0
    for size in (0, 1, 2, 7, 8, 200, 300):
        assert cosigned(HISTORY.note(size), submit(url, HISTORY, old, size))
        old = size


def test_the_same_size_is_cosigned_again(url: str) -> None:
    submit(url, HISTORY, 0, 9)
    assert cosigned(HISTORY.note(9), submit(url, HISTORY, 9, 9))


def test_a_stale_old_size_is_told_the_known_one(url: str) -> None:
    assert known(submit(url, HISTORY, 7, 9)) == 0
    submit(url, HISTORY, 0, 100)
    for old, size in ((0, 100), (0, 200), (50, 200), (99, 100), (101, 200), (50, 60)):
        assert known(submit(url, HISTORY, old, size)) == 100


def test_a_rolled_back_log_is_not_cosigned(url: str, tmp_path: Path) -> None:
    submit(url, HISTORY, 0, 100)
    assert known(submit(url, HISTORY, 60, 60)) == 100
    assert submit(url, HISTORY, 100, 60).status_code == 400
    assert kept(tmp_path) == 0


def kept(folder: Path) -> int:
    """How many submissions are kept as evidence."""
    memory = Memory.open(folder / "witness.db")
    count = memory.evidence_count()
    memory.close()
    return count


def test_a_fork_is_not_cosigned_and_kept_as_evidence(url: str, tmp_path: Path) -> None:
    submit(url, HISTORY, 0, 100)
    fork = History(300, fork_at=40)
    assert known(submit(url, fork, 100, 100)) == 100
    assert submit(url, fork, 100, 200).status_code == 422
    assert submit(url, fork, 100, 200, proof=HISTORY.proof(100, 200)).status_code == 422
    submit(url, fork, 100, 200)
    memory = Memory.open(tmp_path / "witness.db")
    found = memory.evidence()
    memory.close()
    assert len(found) == 3
    assert {origin for origin, _, _, _ in found} == {ORIGIN}
    assert fork.note(100) in found[0][3]
    assert cosigned(HISTORY.note(200), submit(url, HISTORY, 100, 200))


@pytest.mark.parametrize("change", ["none", "short", "long", "swapped", "bit"])
def test_a_proof_has_to_be_exact(change: str, url: str) -> None:
    submit(url, HISTORY, 0, 100)
    proof = HISTORY.proof(100, 250)
    wrong = {
        "none": [],
        "short": proof[:-1],
        "long": [*proof, bytes(32)],
        "swapped": proof[::-1],
        "bit": [bytes((proof[0][0] ^ 1,)) + proof[0][1:], *proof[1:]],
    }[change]
    assert submit(url, HISTORY, 100, 250, proof=wrong).status_code == 422
    assert submit(url, HISTORY, 100, 100, proof=[bytes(32)]).status_code == 422


def test_the_first_checkpoint_has_no_proof(url: str) -> None:
    assert submit(url, HISTORY, 0, 5, proof=[bytes(32)]).status_code == 422
    assert submit(url, HISTORY, 0, 5).status_code == 200


def test_a_forged_root_of_nothing(url: str) -> None:
    note = sign_note(f"{ORIGIN}\n0\n{base64.b64encode(bytes(32)).decode()}\n", HISTORY.key)
    assert submit(url, HISTORY, 0, 0, note=note).status_code == 422


def test_a_log_that_is_not_watched(url: str) -> None:
    assert submit(url, History(3, origin="acme/audit/other/1"), 0, 3).status_code == 404


def test_signatures_of_others_do_not_count(url: str) -> None:
    stranger = SigningKey(ORIGIN, bytes(32))
    forged = sign_note(HISTORY.checkpoint(3).text, stranger)
    assert submit(url, HISTORY, 0, 3, note=forged).status_code == 403
    both = sign_note(HISTORY.checkpoint(3).text, stranger, HISTORY.key)
    assert cosigned(both, submit(url, HISTORY, 0, 3, note=both))
    broken = HISTORY.note(9)[:-20] + b"A" * 16 + HISTORY.note(9)[-4:]
    assert submit(url, HISTORY, 3, 9, note=broken).status_code in (400, 403)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n\n",
        b"old 0\n\nx\n",
        b"\xff\xfe",
        b"old 0\n\n" + HISTORY.note(3)[:-1],
        b"old 0\n\n\n\n\n\n",
        b"old 0\n\n" + HISTORY.note(3).replace(b"\n3\n", b"\n03\n"),
        format_submission(4, [], HISTORY.note(3)),
    ],
)
def test_what_is_no_submission(body: bytes, url: str) -> None:
    assert requests.post(f"{url}/add-checkpoint", data=body, timeout=60).status_code == 400


def test_the_newest_checkpoint_is_shown(url: str) -> None:
    origin = {"origin": ORIGIN}
    assert requests.get(f"{url}/checkpoint", params=origin, timeout=60).status_code == 404
    submit(url, HISTORY, 0, 100)
    submit(url, HISTORY, 100, 200)
    shown = requests.get(f"{url}/checkpoint", params=origin, timeout=60)
    opened = open_note(shown.content, (HISTORY.key.verifier, KEY.verifier))
    assert len(opened.verified) == 2
    assert opened.text == HISTORY.checkpoint(200).text
    assert requests.get(f"{url}/checkpoint", timeout=60).status_code == 400


def test_metrics_and_health(url: str) -> None:
    submit(url, HISTORY, 0, 100)
    submit(url, History(300, fork_at=40), 100, 200)
    text = requests.get(f"{url}/metrics", timeout=60).text
    assert 'monitorgen_audit_witness_tree_size{incarnation="1",log="acme/audit/monitoring"} 100.0' in text
    assert 'monitorgen_audit_witness_answers_total{code="422"} 1.0' in text
    assert "monitorgen_audit_witness_evidence 1.0" in text
    assert requests.get(f"{url}/healthz", timeout=60).text == "ok\n"


def test_many_at_once_are_one_history(url: str) -> None:
    # Everybody proves from nothing or from 100; of all sizes only one can be the next.
    submit(url, HISTORY, 0, 100)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda size: submit(url, HISTORY, 100, size), range(101, 165)))
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1
    newest = known(submit(url, HISTORY, 0, 300))
    assert {known(answer) for answer in answers if answer is not good[0]} <= {newest}


def test_a_memory_survives_the_witness(tmp_path: Path) -> None:
    with witness_of(tmp_path, HISTORY) as url:
        submit(url, HISTORY, 0, 100)
    with witness_of(tmp_path, HISTORY) as url:
        assert known(submit(url, HISTORY, 0, 100)) == 100


def raw(url: str, data: bytes) -> bytes:
    """What a witness answers to bytes that are no proper request, until it closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST + 1), b"413"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404"),
        (b"DELETE /checkpoint HTTP/1.1\r\n\r\n", b"501"),
        (b"GET /checkpoint?origin=a&origin=b HTTP/1.1\r\n\r\n", b"400"),
        (b"GET //[ HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /checkpoint?origin=%ff%00 HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 50\r\n\r\nold", b""),
        (b"", b""),
    ],
)
def test_what_is_no_proper_request(
    request_: bytes, status: bytes, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = raw(url, request_)
    assert status in answer.partition(b"\r\n")[0], answer
    assert b"Traceback" not in answer
    submit(url, HISTORY, 0, 3)
    assert "Traceback" not in capfd.readouterr().err


def test_a_connection_is_kept(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for old, size in ((0, 5), (5, 9), (0, 9)):
        proof = HISTORY.proof(old, size) if old else []
        connection.request("POST", "/add-checkpoint", format_submission(old, proof, HISTORY.note(size)))
        socket_before = connection.sock
        answer = connection.getresponse()
        answer.read()
        assert answer.status == (200 if old or size == 5 else 409)
        assert connection.sock is socket_before
    connection.close()
