"""The headers of every answer."""

from monitorgen_exporters.receiver.access.headers import HEADERS, secured


def test_every_answer_has_them() -> None:
    found = dict(secured([(b"content-type", b"application/json")], tls=False))
    assert found[b"content-type"] == b"application/json"
    assert found[b"x-content-type-options"] == b"nosniff"
    assert found[b"x-frame-options"] == b"DENY"
    assert found[b"referrer-policy"] == b"no-referrer"
    assert found[b"cache-control"] == b"no-store"
    policy = found[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert b"strict-transport-security" not in found


def test_with_tls_a_browser_never_goes_without_again() -> None:
    assert dict(secured([], tls=True))[b"strict-transport-security"] == b"max-age=31536000"


def test_what_an_answer_says_itself_stays_and_is_said_once() -> None:
    own = [(b"cache-control", b"public"), (b"set-cookie", b"a"), (b"set-cookie", b"b")]
    found = secured(own, tls=True)
    assert found[:3] == own
    names = [name for name, _ in found]
    assert all(names.count(name) == 1 for name, _ in HEADERS)
    assert all(name == name.lower() for name in names)
