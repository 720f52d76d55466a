"""The keys of issuers of tokens: from files, and from a server that rotates them, lies, or goes away."""

import json
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from monitorgen_exporters.receiver.access.jwks import FileKeys, ServedKeys, read_key_set
from monitorgen_exporters.receiver.access.secret import Unreadable
from tests.support.jwks_server import Issued, JwksServer, ec_key, ed_key, jwks_server, rsa_key
from tests.support.waiting import wait_until

RSA, EC, ED = rsa_key("rsa"), ec_key("ec"), ed_key("ed")


def a_set(*entries: Any) -> bytes:
    return json.dumps({"keys": entries}).encode()


def kids(body: bytes) -> list[str | None]:
    return [key.kid for key in read_key_set(body)]


def test_each_kind_of_key_is_for_its_own_ways_of_signing() -> None:
    keys = [RSA, EC, ED, ec_key("384", ec.SECP384R1()), ec_key("521", ec.SECP521R1())]
    found = read_key_set(a_set(*(key.public for key in keys)))
    assert {key.kid: key.algorithms for key in found} == {
        "rsa": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
        "ec": {"ES256"},
        "ed": {"EdDSA"},
        "384": {"ES384"},
        "521": {"ES512"},
    }


def test_a_key_that_says_its_way_of_signing_is_for_no_other() -> None:
    found = read_key_set(a_set({**RSA.public, "alg": "PS256"}, {**RSA.public, "alg": "ES256"}))
    assert [key.algorithms for key in found] == [{"PS256"}]


USELESS: dict[str, Any] = {
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "x"},
    "a shared secret that says it is none": {**RSA.public, "kty": "oct", "k": "c2VjcmV0"},
    "for encryption": {**RSA.public, "use": "enc"},
    "for other operations": {**RSA.public, "key_ops": ["encrypt"]},
    "operations that are none": {**RSA.public, "key_ops": "verify"},
    "private": {**RSA.public, "d": RSAAlgorithm.to_jwk(RSA.private, as_dict=True)["d"]},
    "private in full": {**RSAAlgorithm.to_jwk(RSA.private, as_dict=True), "key_ops": ["verify"]},
    "short": rsa_key("short", size=1024).public,
    "another curve": {**EC.public, "crv": "secp256k1"},
    "a curve that is a list": {**EC.public, "crv": ["P-256"]},
    "not on its curve": {**EC.public, "x": EC.public["y"], "y": EC.public["x"]},
    "a point of another curve": {**EC.public, "crv": "P-384"},
    "the way of signing of none": {**RSA.public, "alg": "none"},
    "of a secret": {**RSA.public, "alg": "HS256"},
    "no text": {**RSA.public, "alg": ["RS256"]},
    "an id that is a number": {**RSA.public, "kid": 7},
    "no modulus": {"kty": "RSA", "e": "AQAB", "kid": "x"},
    "a modulus that is a number": {**RSA.public, "n": 7},
    "an even modulus": {**RSA.public, "n": "gA"},
    "no letters": {**RSA.public, "n": "\ud800é"},
    "no type": {"kid": "x"},
    "no object": "x",
    "nothing": None,
}


@pytest.mark.parametrize("entry", USELESS.values(), ids=USELESS.keys())
def test_what_signatures_cannot_be_checked_with_is_passed_over(entry: Any) -> None:
    assert kids(a_set(entry, EC.public)) == ["ec"]
    with pytest.raises(Unreadable, match="no public key"):
        read_key_set(a_set(entry))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"keys": {}}', b'{"keys": 7}', b"null", b"7", b"\xff", b"[" * 100_000]
)
def test_what_is_no_set_is_told(body: bytes) -> None:
    with pytest.raises(Unreadable, match="no JSON Web Key Set"):
        read_key_set(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([RSA, EC, ED]), st.data())
def test_a_set_with_anything_in_it_is_read_or_told(key: Issued, data: st.DataObject) -> None:
    field_name = data.draw(st.sampled_from(sorted({*key.public, "use", "alg", "key_ops"})))
    entry = {**key.public, field_name: data.draw(JSON)}
    found = read_key_set(a_set(entry, RSA.public))
    assert found[-1].kid == "rsa"
    assert len(found) <= 2


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    keys = FileKeys(str(path))
    with pytest.raises(Unreadable, match=r"jwks\.json cannot be read"):
        keys.find("rsa", "RS256")
    path.write_bytes(a_set(RSA.public))
    assert [key.kid for key in keys.find("rsa", "RS256")] == ["rsa"]
    path.write_bytes(a_set(EC.public))
    assert keys.find("rsa", "RS256") == []
    assert [key.kid for key in keys.find(None, "ES256")] == ["ec"]
    path.write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(Unreadable, match=r"jwks\.json: it is no JSON Web Key Set"):
            keys.find("ec", "ES256")


def test_a_file_with_nothing_in_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(b"")
    with pytest.raises(Unreadable, match=r"jwks\.json: it is no JSON Web Key Set"):
        FileKeys(str(path)).find("rsa", "RS256")


@dataclass
class Issuer:
    """A server of keys, and what is known of them here, with a clock that is set."""

    server: JwksServer
    moment: float = 1000.0
    keys: ServedKeys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = ServedKeys(self.server.url, clock=lambda: self.moment, timeout=60)

    def finds(self, kid: str, algorithm: str = "RS256") -> bool:
        return [key.kid for key in self.keys.find(kid, algorithm)] == [kid]


@pytest.fixture
def issuer() -> Any:
    with jwks_server() as server:
        server.publish(RSA)
        yield Issuer(server)


def test_the_server_is_asked_once_for_what_it_has(issuer: Issuer) -> None:
    assert issuer.server.asked == 0
    assert all(issuer.finds("rsa") for _ in range(10))
    assert issuer.server.asked == 1


def test_names_that_are_made_up_do_not_flood_the_server(issuer: Issuer) -> None:
    for number in range(100):
        assert not issuer.finds(f"made-up-{number}")
    assert issuer.server.asked == 1
    issuer.moment += 30
    assert not issuer.finds("made-up")
    assert issuer.server.asked == 2


def test_a_new_key_is_found_after_half_a_minute_at_most(issuer: Issuer) -> None:
    assert issuer.finds("rsa")
    issuer.server.publish(EC)
    assert not issuer.finds("ec", "ES256")
    issuer.moment += 30
    assert issuer.finds("ec", "ES256")
    assert not issuer.finds("rsa")


def test_a_key_that_was_taken_back_is_gone_after_a_while_and_nobody_waits(issuer: Issuer) -> None:
    assert issuer.finds("rsa")
    issuer.server.publish(EC)
    issuer.moment += 300
    issuer.server.hold.clear()
    assert issuer.finds("rsa")
    wait_until(lambda: issuer.server.asked == 2)
    assert all(issuer.finds("rsa") for _ in range(100))
    assert sum(thread.name == "jwks" for thread in threading.enumerate()) == 1
    issuer.server.hold.set()
    wait_until(lambda: not issuer.finds("rsa"))
    assert issuer.server.asked == 2


@pytest.mark.parametrize("trouble", ["status", "body", "long"])
def test_a_server_in_trouble_takes_no_key_away(
    issuer: Issuer, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert issuer.finds("rsa")
    match trouble:
        case "status":
            issuer.server.status = 500
        case "body":
            issuer.server.body = b"<html>"
        case "long":
            issuer.server.body = b" " * (1 << 20) + issuer.server.body
    issuer.moment += 300
    assert not issuer.finds("made-up")
    assert issuer.finds("rsa")
    assert "cannot be had" in caplog.text


def test_a_redirect_is_not_followed(issuer: Issuer) -> None:
    with jwks_server() as other:
        other.publish(EC)
        issuer.server.status, issuer.server.location = 302, other.url
        with pytest.raises(Unreadable, match="answered 302"):
            issuer.finds("ec", "ES256")
        assert other.asked == 0


def test_a_server_that_goes_away_takes_no_key_away() -> None:
    with jwks_server() as server:
        server.publish(RSA)
        issuer = Issuer(server)
        assert issuer.finds("rsa")
    issuer.moment += 3000
    assert not issuer.finds("made-up")
    assert issuer.finds("rsa")


def test_without_ever_an_answer_nobody_can_be_checked(issuer: Issuer) -> None:
    issuer.server.status = 503
    for _ in range(3):
        with pytest.raises(Unreadable, match="answered 503"):
            issuer.finds("rsa")
    assert issuer.server.asked == 1
    issuer.server.publish(RSA)
    issuer.moment += 30
    assert issuer.finds("rsa")


def test_a_password_in_the_url_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "monitorgen_exporters")
    with jwks_server() as server:
        url = server.url.replace("//", "//ann:hunter2@")
    with pytest.raises(Unreadable) as fault:
        ServedKeys(url).find("rsa", "RS256")
    assert "127.0.0.1" in caplog.text
    assert "hunter2" not in f"{fault.value}{caplog.text}"


def test_many_who_ask_at_once_are_one_question(issuer: Issuer) -> None:
    issuer.server.hold.clear()
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(issuer.finds("rsa"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: issuer.server.asked)
    issuer.server.hold.set()
    for thread in threads:
        thread.join(120)
    assert found == [True] * 8
    assert issuer.server.asked == 1


def test_made_up_names_hold_few_threads_while_the_server_is_slow(issuer: Issuer) -> None:
    assert issuer.finds("rsa")
    issuer.moment += 30
    issuer.server.hold.clear()
    threads = [threading.Thread(target=issuer.finds, args=[f"made-up-{number}"]) for number in range(50)]
    for thread in threads:
        thread.start()
    wait_until(lambda: sum(thread.is_alive() for thread in threads) == 8)
    assert issuer.finds("rsa")
    assert not issuer.finds("made-up")
    issuer.server.hold.set()
    for thread in threads:
        thread.join(120)
    assert issuer.server.asked == 2
