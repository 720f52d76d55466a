"""The API's door: keys and tokens by one header."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitorgen.vocabulary.receiver_access import BUILT_IN_ROLES, ReceiverJwt, ReceiverUser
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.access.authentication import authenticate
from monitorgen_exporters.receiver.access.keyring import Keyring
from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.tokens import Tokens
from monitorgen_exporters.receiver.database import Database
from tests.support.jwks_server import AUDIENCE, ISSUER, claims, ec_key
from tests.support.receiver_keys import ROLES, with_key

KEY = ec_key("ec")
NOON = "2998-06-01T12:00:00.000000Z"


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [KEY.public]}))
    settings = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_file": str(jwks)}
    users = {"ann": ReceiverUser.model_validate({"roles": ["viewer"]})}
    return Tokens(ReceiverJwt.model_validate(settings), users, BUILT_IN_ROLES)


def ask(
    database: Database, *headers: bytes, tokens: Tokens | None = None, ring: Keyring | None = None
) -> Principal | Refusal:
    return authenticate(headers, keyring=ring or Keyring(ROLES), tokens=tokens, now=NOON, read=database.read)


def test_keys_and_tokens_come_by_the_same_header(database: Database, tokens: Tokens) -> None:
    made = with_key(database)
    for scheme in (b"Bearer", b"bearer", b"BEARER  "):
        by_key = ask(database, scheme + b" " + made.text.encode(), tokens=tokens)
        by_token = ask(database, scheme + b" " + KEY.sign(claims()).encode(), tokens=tokens)
        assert [one.actor for one in (by_key, by_token) if isinstance(one, Principal)] == [
            "key:grafana",
            "user:ann",
        ]


def test_a_key_nobody_can_have_is_not_one_of_a_user(database: Database, tokens: Tokens) -> None:
    # A token for a user who is called as a key is: the actors still differ.
    made = with_key(database, "ann")
    by_key = ask(database, b"Bearer " + made.text.encode(), tokens=tokens)
    by_token = ask(database, b"Bearer " + KEY.sign(claims()).encode(), tokens=tokens)
    assert isinstance(by_key, Principal)
    assert isinstance(by_token, Principal)
    assert by_key.name == by_token.name
    assert by_key.actor != by_token.actor


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic bWdrX2E6Yg==",
        b"mgk_abcdefghijkl_" + b"a" * 43,
        b"Bearer mgk_abcdefghijkl_" + b"\xff" * 43,
        b"Bearer mgk_abcdefghijkl_" + "é".encode() * 43,
        b"Bearer \xff\xfe",
        b"Bearer " + b"a" * 1_000_000,
        b"Bearer mgk_" + b"a" * 1_000_000,
        b"Bearer a.b.c",
    ],
)
def test_what_is_no_credential_is_refused(database: Database, tokens: Tokens, header: bytes) -> None:
    for known in (tokens, None):
        found = ask(database, header, tokens=known)
        assert isinstance(found, Refusal)
        assert found.status == 401


def test_nothing_and_too_much_are_refused(database: Database) -> None:
    good = b"Bearer " + with_key(database).text.encode()
    assert ask(database) == Refusal(401, "missing")
    assert ask(database, good, good) == Refusal(401, "malformed")


def test_without_an_issuer_no_token_counts(database: Database) -> None:
    assert ask(database, b"Bearer " + KEY.sign(claims()).encode()) == Refusal(401, "unknown")


def test_a_token_does_not_reach_the_database(tokens: Tokens) -> None:
    @contextmanager
    def read() -> Iterator[Store]:
        raise AssertionError("nobody asks the database for a token")
        yield

    header = b"Bearer " + KEY.sign(claims()).encode()
    found = authenticate([header], keyring=Keyring(ROLES), tokens=tokens, now=NOON, read=read)
    assert isinstance(found, Principal)
