"""JSON Web Tokens: whose they are, and every way in which one is not good."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.vocabulary.receiver_access import BUILT_IN_ROLES, ReceiverJwt, ReceiverUser
from monitorgen_exporters.receiver.access import tokens as module
from monitorgen_exporters.receiver.access.principal import Principal, permissions_of
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.tokens import LONGEST_TOKEN, Tokens
from tests.support.jwks_server import (
    AUDIENCE,
    ISSUER,
    Issued,
    claims,
    ec_key,
    ed_key,
    jwks_server,
    rsa_key,
)

RSA, EC, ED, OTHER = rsa_key("rsa"), ec_key("ec"), ed_key("ed"), rsa_key("rsa")
RESPONDER = permissions_of(["responder"], BUILT_IN_ROLES)
VIEWER = permissions_of(["viewer"], BUILT_IN_ROLES)
USERS: dict[str, Any] = {"ann": {"roles": ["responder"]}, "carl": {"roles": ["viewer"], "tenant": "acme"}}


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    return tmp_path / "jwks.json"


def publish(path: Path, *keys: Issued | dict[str, Any]) -> None:
    entries = [key.public if isinstance(key, Issued) else key for key in keys]
    path.write_text(json.dumps({"keys": entries}))


def tokens(jwks: Path, *, users: dict[str, Any] = USERS, **said: Any) -> Tokens:
    """Tokens checked with the keys in a file; `said` adds to the settings."""
    if not jwks.exists():
        publish(jwks, RSA, EC, ED)
    settings = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_file": str(jwks), **said}
    people = {name: ReceiverUser.model_validate(user) for name, user in users.items()}
    return Tokens(ReceiverJwt.model_validate(settings), people, BUILT_IN_ROLES)


def why(found: Principal | Refusal) -> str:
    return found.why if isinstance(found, Refusal) else ""


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=lambda key: key.algorithm)
def test_a_good_token_is_somebody(jwks: Path, key: Issued) -> None:
    door = tokens(jwks, algorithms=[key.algorithm])
    assert door.authenticate(key.sign(claims())) == Principal("ann", "user:ann", RESPONDER)
    assert door.authenticate(key.sign(claims(sub="carl"))) == Principal("carl", "user:carl", VIEWER, "acme")


def test_other_ways_of_signing_with_the_same_key_count_where_the_settings_say_so(jwks: Path) -> None:
    token = RSA.sign(claims(), alg="PS512")
    assert why(tokens(jwks, algorithms=["PS512"]).authenticate(token)) == ""
    assert why(tokens(jwks, algorithms=["RS256"]).authenticate(token)) == "bad_algorithm"


def test_several_audiences_may_be_named(jwks: Path) -> None:
    assert why(tokens(jwks).authenticate(RSA.sign(claims(aud=["other", AUDIENCE])))) == ""


NOW = int(time.time())
LATER = NOW + 10**6  # and still so when the last test has run
BAD: list[tuple[dict[str, Any], str]] = [
    ({"exp": NOW - 3600}, "expired"),
    ({"exp": None}, "bad_claims"),
    ({"exp": "soon"}, "malformed"),
    ({"exp": [LATER]}, "malformed"),
    ({"exp": float("inf")}, "malformed"),
    ({"exp": float("nan")}, "malformed"),
    ({"nbf": LATER}, "not_yet"),
    ({"iat": LATER}, "not_yet"),
    ({"iss": None}, "bad_claims"),
    ({"iss": "https://login.acme.example"}, "other_issuer"),
    ({"iss": [ISSUER]}, "other_issuer"),
    ({"aud": None}, "bad_claims"),
    ({"aud": "monitorgen2"}, "other_audience"),
    ({"aud": []}, "bad_claims"),
    ({"aud": [["monitorgen"]]}, "other_audience"),
    ({"aud": {"monitorgen": 1}}, "other_audience"),
    ({"sub": None}, "bad_claims"),
    ({"sub": ""}, "bad_claims"),
    ({"sub": 7}, "bad_claims"),
    ({"sub": ["ann"]}, "bad_claims"),
    ({"sub": "ann\n"}, "bad_claims"),
    ({"sub": "ann smith"}, "bad_claims"),
    ({"sub": "ann\x1b[2J"}, "bad_claims"),
    ({"sub": "ann\ud800"}, "bad_claims"),
    ({"sub": "a" * 201}, "bad_claims"),
    ({"sub": "Ann"}, "no_roles"),
    ({"sub": "mallory"}, "no_roles"),
    ({"sub": "mallory", "roles": ["admin"]}, "no_roles"),
]


@pytest.mark.parametrize(("said", "expected"), BAD)
def test_a_signature_under_bad_claims_is_no_proof(jwks: Path, said: dict[str, Any], expected: str) -> None:
    found = tokens(jwks).authenticate(RSA.sign(claims(**said)))
    assert isinstance(found, Refusal)
    assert found.why == expected
    assert found.status == (403 if expected == "no_roles" else 401)


def test_clocks_may_differ_a_little(jwks: Path) -> None:
    now = int(time.time())
    for said in ({"exp": now - 300}, {"nbf": now + 300}, {"iat": now + 300}):
        token = RSA.sign(claims(**said))
        assert why(tokens(jwks, leeway="10m").authenticate(token)) == ""
        assert why(tokens(jwks, leeway="1m").authenticate(token)) in ("expired", "not_yet")


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header: dict[str, Any], said: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    signed = f"{segment(header)}.{segment(said)}"
    return f"{signed}.{segment(sign(signed.encode()))}"


def pem(key: Issued) -> bytes:
    public: bytes = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "nOnE"])
def test_a_token_cannot_do_without_a_signature(jwks: Path, algorithm: str) -> None:
    for kid in ("rsa", None):
        header = {"alg": algorithm, "typ": "JWT"} | ({"kid": kid} if kid else {})
        token = forged(header, claims(), lambda _: b"")
        assert why(tokens(jwks).authenticate(token)) == "bad_algorithm"


def test_the_public_key_is_no_shared_secret(jwks: Path) -> None:
    secrets = [
        pem(RSA),
        pem(RSA).strip(),
        json.dumps(RSA.public).encode(),
        base64.urlsafe_b64decode(RSA.public["n"] + "=="),
        b"",
    ]
    for secret in secrets:
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            token = forged(
                {"alg": algorithm, "kid": "rsa"},
                claims(),
                lambda text, s=secret, d=digest: hmac.digest(s, text, d),  # type: ignore[misc]
            )
            assert why(tokens(jwks).authenticate(token)) == "bad_algorithm"
            # One way of signing in the header, another in what was signed.
            lying = forged(
                {"alg": "RS256", "kid": "rsa"},
                claims(),
                lambda text, s=secret, d=digest: hmac.digest(s, text, d),  # type: ignore[misc]
            )
            assert why(tokens(jwks).authenticate(lying)) == "bad_signature"


def test_a_shared_secret_in_the_set_is_no_key(jwks: Path) -> None:
    publish(jwks, RSA, {"kty": "oct", "kid": "oct", "k": segment(b"s" * 32), "alg": "RS256"})
    token = jwt.encode(claims(), "s" * 32, "HS256", {"kid": "oct"})
    assert why(tokens(jwks).authenticate(token)) == "bad_algorithm"
    lying = forged(
        {"alg": "RS256", "kid": "oct"}, claims(), lambda text: hmac.digest(b"s" * 32, text, hashlib.sha256)
    )
    assert why(tokens(jwks).authenticate(lying)) == "unknown"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "none", "ES256K", "dir"])
def test_settings_cannot_allow_a_shared_secret(jwks: Path, algorithm: str) -> None:
    publish(jwks, RSA)
    both: Any = ["RS256", algorithm]
    settings = ReceiverJwt.model_construct(
        issuer=ISSUER, audience=AUDIENCE, jwks_file=str(jwks), algorithms=both
    )
    with pytest.raises(ValueError, match=f"{algorithm} is no way of signing with a key pair"):
        Tokens(settings, {}, BUILT_IN_ROLES)


def test_a_key_the_token_brings_along_counts_for_nothing(jwks: Path) -> None:
    with jwks_server() as server:
        server.publish(OTHER)
        for more in (
            {"jwk": OTHER.public},
            {"jku": server.url},
            {"x5u": server.url},
            {"x5c": [segment(b"x")]},
            {"kid": "/dev/null"},
            {"kid": "../../../../etc/passwd"},
            {"kid": "x' OR '1'='1"},
            {"kid": server.url},
        ):
            found = tokens(jwks).authenticate(OTHER.sign(claims(), **more))
            assert why(found) in ("bad_signature", "unknown")
        assert server.asked == 0


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"crit": []}, {"crit": "exp"}, {"b64": False, "crit": ["b64"]}]
)
def test_what_a_token_says_must_be_understood_is_refused(jwks: Path, header: dict[str, Any]) -> None:
    whole = {"alg": "RS256", "kid": "rsa", **header}
    found = tokens(jwks).authenticate(forged(whole, claims(), lambda _: b"x" * 256))
    assert isinstance(found, Refusal)


def test_another_key_of_the_same_id_is_no_proof(jwks: Path) -> None:
    assert why(tokens(jwks).authenticate(OTHER.sign(claims()))) == "bad_signature"


def test_all_keys_of_one_id_are_tried(jwks: Path) -> None:
    publish(jwks, OTHER, RSA)
    door = tokens(jwks)
    assert [why(door.authenticate(key.sign(claims()))) for key in (OTHER, RSA)] == ["", ""]
    assert why(door.authenticate(rsa_key("rsa").sign(claims()))) == "bad_signature"


def test_without_an_id_there_has_to_be_one_key_alone(jwks: Path) -> None:
    token = RSA.sign(claims(), kid=None)
    publish(jwks, RSA, EC)
    assert why(tokens(jwks).authenticate(token)) == ""
    publish(jwks, RSA, rsa_key("second"))
    assert why(tokens(jwks).authenticate(token)) == "unknown"


def test_a_signature_of_another_curve_is_no_proof(jwks: Path) -> None:
    publish(jwks, ec_key("ec", ec.SECP384R1()))
    assert why(tokens(jwks).authenticate(EC.sign(claims()))) == "unknown"


def test_one_bit_changed_anywhere_is_no_proof(jwks: Path) -> None:
    token = EC.sign(claims())
    door = tokens(jwks)
    for at, letter in enumerate(token):
        if letter != ".":
            changed = f"{token[:at]}{'A' if letter != 'A' else 'B'}{token[at + 1 :]}"
            assert why(door.authenticate(changed)), changed


@pytest.mark.parametrize(
    "presented",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c",
        "é.é.é",
        "\x00.\x00.\x00",
        "\ud800.a.a",
        f"{segment([])}.{segment({})}.x",
        f"{segment({'alg': ['RS256']})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 7})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': ['rsa']})}.{segment({})}.AAAA",
        f"{segment(b'[' * 4000)}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 'rsa'})}.{segment(b'[' * 4000)}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 'rsa'})}.{segment(b'{')}.AAAA",
        "a" * LONGEST_TOKEN + ".b.c",
        "a." * 100_000,
    ],
)
def test_what_is_no_token_is_refused(jwks: Path, presented: str) -> None:
    found = tokens(jwks).authenticate(presented)
    assert isinstance(found, Refusal)
    assert found.status == 401


def test_a_good_token_that_is_too_long_is_not_looked_at(jwks: Path) -> None:
    assert why(tokens(jwks).authenticate(RSA.sign(claims(more="a" * 4_000)))) == ""
    assert why(tokens(jwks).authenticate(RSA.sign(claims(more="a" * LONGEST_TOKEN)))) == "malformed"


@given(st.text(max_size=60) | st.binary(max_size=60).map(segment), st.data())
def test_whatever_comes_is_answered(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    parts = EC.sign(claims()).split(".")
    parts[data.draw(st.integers(0, 2))] = text
    door = tokens(tmp_path_factory.getbasetemp() / "any.json")
    assert isinstance(door.authenticate(".".join(parts)), Refusal)


@given(
    st.dictionaries(
        st.sampled_from(["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "roles", "tenant"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.lists(st.text(max_size=3)),
        min_size=1,
    )
)
def test_whatever_is_claimed_is_answered(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]
) -> None:
    door = tokens(tmp_path_factory.getbasetemp() / "any.json", roles_claim="roles", tenant_claim="tenant")
    found = door.authenticate(EC.sign({**claims(), **said}))
    assert isinstance(found, Refusal) or (found.name, found.actor) == ("ann", "user:ann")


@pytest.mark.parametrize(
    ("said", "claim", "permissions"),
    [
        ({"groups": ["viewer", "other"]}, "groups", VIEWER),
        ({"scope": "openid viewer"}, "scope", VIEWER),
        ({"realm_access": {"roles": ["responder"]}}, "realm_access.roles", RESPONDER),
        ({"https://acme.example/roles": ["viewer"]}, "https://acme.example/roles", VIEWER),
        ({"groups": ["viewer", 7, ["admin"], None]}, "groups", VIEWER),
    ],
)
def test_a_token_may_say_the_roles(
    jwks: Path, said: dict[str, Any], claim: str, permissions: frozenset[str]
) -> None:
    found = tokens(jwks, roles_claim=claim).authenticate(RSA.sign(claims(sub="dora", **said)))
    assert found == Principal("dora", "user:dora", permissions)


@pytest.mark.parametrize("said", [None, 7, {"admin": 1}, [["admin"]], "", "administrator", ["ADMIN"]])
def test_roles_that_are_none_allow_nothing(jwks: Path, said: Any) -> None:
    found = tokens(jwks, roles_claim="groups").authenticate(RSA.sign(claims(sub="dora", groups=said)))
    assert found == Refusal(403, "no_roles", "user:dora")


def test_roles_of_the_token_and_of_the_settings_add_up(jwks: Path) -> None:
    door = tokens(jwks, roles_claim="groups", users={"ann": {"roles": ["viewer"]}})
    found = door.authenticate(RSA.sign(claims(groups=["responder"])))
    assert isinstance(found, Principal)
    assert found.permissions == RESPONDER | VIEWER


@pytest.mark.parametrize(
    ("user", "said", "tenant"),
    [
        ("ann", "acme", "acme"),
        ("ann", None, None),  # the settings name her, without a tenant: she sees all
        ("carl", "acme", "acme"),
        ("carl", None, "acme"),
        ("carl", "other", "bad_claims"),
        ("dora", "acme", "acme"),
        ("dora", None, "bad_claims"),  # nobody said that she sees all
        ("dora", "", "bad_claims"),
        ("ann", "", "bad_claims"),
        ("dora", ["acme"], "bad_claims"),
        ("dora", 7, "bad_claims"),
        ("dora", True, "bad_claims"),
        ("dora", {}, "bad_claims"),
    ],
)
def test_the_tenant_is_never_widened(jwks: Path, user: str, said: Any, tenant: str | None) -> None:
    door = tokens(jwks, roles_claim="groups", tenant_claim="org.id")
    found = door.authenticate(RSA.sign(claims(sub=user, groups=["viewer"], org={"id": said})))
    if tenant == "bad_claims":
        assert found == Refusal(401, "bad_claims", f"user:{user}")
    else:
        assert isinstance(found, Principal)
        assert found.tenant == tenant


@pytest.mark.parametrize(("verified", "good"), [(None, True), (True, True), (False, False), ("false", False)])
def test_an_address_that_nobody_verified_names_nobody(jwks: Path, verified: Any, good: bool) -> None:
    door = tokens(jwks, username_claim="email", users={"ann@acme.example": {"roles": ["viewer"]}})
    said = claims(email="ann@acme.example", email_verified=verified)
    assert why(door.authenticate(RSA.sign(said))) == ("" if good else "bad_claims")


def test_without_keys_nobody_can_be_checked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    door = tokens(tmp_path / "jwks.json")
    (tmp_path / "jwks.json").unlink()
    assert door.authenticate(RSA.sign(claims())) == Refusal(503, "unreadable")
    assert "jwks.json cannot be read" in caplog.text


def test_keys_come_from_a_server_and_stay_when_it_goes_away() -> None:
    with jwks_server() as server:
        server.publish(RSA)
        settings = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": server.url}
        door = Tokens(
            ReceiverJwt.model_validate(settings),
            {"ann": ReceiverUser.model_validate({"roles": ["viewer"]})},
            BUILT_IN_ROLES,
        )
        assert why(door.authenticate(RSA.sign(claims()))) == ""
        assert why(door.authenticate(EC.sign(claims()))) == "unknown"
        assert server.asked == 1
    assert why(door.authenticate(RSA.sign(claims()))) == ""


def test_no_token_is_in_a_log_or_an_answer(jwks: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    door = tokens(jwks)
    presented = [RSA.sign(claims(**said)) for said, _ in BAD] + [OTHER.sign(claims()), RSA.sign(claims())]
    said = repr([door.authenticate(token) for token in presented]) + caplog.text
    for token in presented:
        assert not any(part in said for part in token.split("."))


def test_the_settings_ways_of_signing_are_the_ones_here() -> None:
    allowed = ReceiverJwt.model_json_schema()["properties"]["algorithms"]["items"]["enum"]
    assert set(allowed) == vars(module)["_PAIRED"]
