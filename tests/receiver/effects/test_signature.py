"""A signature holds for one body, one time, one secret; what is played again later is refused."""

import hmac
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.receiver.effects.signature import (
    SIGNATURE,
    TIMESTAMP,
    WINDOW,
    SignatureError,
    sign,
    verify,
)

NOW = 1_700_000_000


def headers(secret: bytes, body: bytes, timestamp: int = NOW) -> dict[str, str]:
    return {TIMESTAMP: str(timestamp), SIGNATURE: sign(secret, timestamp, body)}


@given(st.binary(), st.binary(), st.integers(0, 10**11))
def test_what_was_signed_is_taken(secret: bytes, body: bytes, timestamp: int) -> None:
    verify(secret, headers(secret, body, timestamp), body, now=timestamp)


def test_it_is_what_openssl_makes() -> None:
    body = b'{"a": 1}'
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "secret"],
        input=b"%d.%b" % (NOW, body),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert sign(b"secret", NOW, body) == "v1=" + made.stdout.split()[-1].decode()
    assert (
        sign(b"secret", NOW, body) == "v1=" + hmac.new(b"secret", b"1700000000." + body, "sha256").hexdigest()
    )


@given(st.binary(min_size=1), st.binary(min_size=1), st.data())
def test_any_other_body_secret_or_time_is_refused(secret: bytes, body: bytes, data: st.DataObject) -> None:
    signed = headers(secret, body)
    other = data.draw(st.binary().filter(lambda other: other != body))
    with pytest.raises(SignatureError, match=SIGNATURE):
        verify(secret, signed, other, now=NOW)
    with pytest.raises(SignatureError, match=SIGNATURE):
        verify(secret + b"x", signed, body, now=NOW)
    with pytest.raises(SignatureError, match=SIGNATURE):
        verify(secret, {**signed, TIMESTAMP: str(NOW + 1)}, body, now=NOW)


@pytest.mark.parametrize("seconds", [-WINDOW - 1, WINDOW + 1, 10**9])
def test_a_recorded_request_is_refused_later(seconds: int) -> None:
    with pytest.raises(SignatureError, match="old request"):
        verify(b"secret", headers(b"secret", b"{}"), b"{}", now=NOW + seconds)


@pytest.mark.parametrize("seconds", [-WINDOW, 0, WINDOW])
def test_clocks_may_differ_a_little(seconds: int) -> None:
    verify(b"secret", headers(b"secret", b"{}"), b"{}", now=NOW + seconds)


@pytest.mark.parametrize(
    "timestamp", ["", " ", "x", "-1", "1.5", "٣", "1" * 13, "1700000000\n", "+1700000000"]
)
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(SignatureError, match=TIMESTAMP):
        verify(b"secret", {**headers(b"secret", b""), TIMESTAMP: timestamp}, b"", now=NOW)


@pytest.mark.parametrize("signature", ["", "v1=", "v0=00", "é", "v1=" + "0" * 64, "\ud800"])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    with pytest.raises(SignatureError, match=SIGNATURE):
        verify(b"secret", {**headers(b"secret", b""), SIGNATURE: signature}, b"", now=NOW)
    with pytest.raises(SignatureError):
        verify(b"secret", {}, b"", now=NOW)


def test_names_of_headers_may_come_in_any_case() -> None:
    verify(b"s", {name.upper(): value for name, value in headers(b"s", b"").items()}, b"", now=NOW)


def test_without_a_time_it_is_now() -> None:
    with pytest.raises(SignatureError, match="old request"):
        verify(b"secret", headers(b"secret", b""), b"")
