"""API keys made, rotated, revoked and listed: the table, the audit log, and who may."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.access.key_rows import new_text
from monitorgen_exporters.receiver.access.keyring import look_up
from monitorgen_exporters.receiver.access.keys import (
    BadKey,
    NewKey,
    NoSuchKey,
    NotAllowed,
    create,
    list_keys,
    revoke,
    rotate,
)
from monitorgen_exporters.receiver.access.principal import Principal, permissions_of
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.work import Work
from tests.support.receiver_keys import ADMIN, ROLES, recorded, with_key

ACME_ADMIN = Principal("ann", "user:ann", permissions_of(["admin"], ROLES), "acme")
RESPONDER = Principal("bob", "user:bob", permissions_of(["responder"], ROLES))
FOR_EVER = "9999-12-31T00:00:00.000000Z"
LONG_AGO = "2001-01-01T00:00:00.000000Z"


def why(database: Database, made: NewKey, now: str) -> str:
    """Why a key is not good at `now`; empty when it is."""
    with database.read() as store:
        found = look_up(store, made.text, now)
    return found.why if isinstance(found, Refusal) else ""


def change(database: Database, of: Callable[[Work], object]) -> None:
    with database.write() as work:
        of(work)


def test_a_key_is_one_text_with_256_random_bits() -> None:
    made = [new_text() for _ in range(200)]
    assert all(re.fullmatch(rf"mgk_{id}_[0-9A-Za-z]{{43}}", text) for id, text in made)
    assert 62**43 > 2**256
    assert len({id for id, _ in made} | {text for _, text in made}) == 400


def test_a_new_key_opens_and_says_what_it_is(database: Database) -> None:
    expires = datetime(2999, 1, 1, 12, tzinfo=UTC)
    made = with_key(database, roles=("viewer", "auditor", "viewer"), tenant="acme", expires=expires)
    with database.read() as store:
        found = look_up(store, made.text, LONG_AGO)
        assert list_keys(store, ADMIN) == [made.key]
    assert found == made.key
    assert made.key.roles == ("auditor", "viewer")
    assert (made.key.tenant, made.key.expires_at) == ("acme", "2999-01-01T12:00:00.000000Z")


def test_the_table_has_the_hash_and_nothing_of_the_secret(database: Database) -> None:
    made = with_key(database)
    secret = made.text.rpartition("_")[2]
    with database.read() as store:
        ((*row,),) = store.query("SELECT * FROM receiver_credential")
    assert hashlib.sha256(made.text.encode()).hexdigest() in row
    assert secret not in repr(row)


def test_the_secret_is_in_no_repr_no_record_and_no_error(database: Database) -> None:
    made = with_key(database)
    secret = made.text.rpartition("_")[2]
    with database.write() as work:
        rotated = rotate(work, ADMIN, made.key.id, grace=timedelta(hours=1))
    with database.write() as work:
        revoke(work, ADMIN, rotated.key.id)
    with database.write() as work, pytest.raises(BadKey) as fault:
        rotate(work, ADMIN, rotated.key.id, grace=timedelta(0))
    said = repr((made, rotated, fault.value, [record.body for record in recorded(database)]))
    assert made.key.id in said
    for text in (secret, rotated.text.rpartition("_")[2], hashlib.sha256(made.text.encode()).hexdigest()):
        assert text not in said


def test_everything_done_to_keys_is_in_the_audit_log(database: Database) -> None:
    made = with_key(database, tenant="acme")
    with database.write() as work:
        rotated = rotate(work, ADMIN, made.key.id, grace=timedelta(hours=1))
    with database.write() as work:
        revoke(work, ACME_ADMIN, rotated.key.id)
    told = [
        (record.type, record.actor, record.subject, record.data["id"], record.data["tenant"])
        for record in recorded(database)
    ]
    assert told == [
        ("authentication.key_created", "user:root", "key:grafana", made.key.id, "acme"),
        ("authentication.key_rotated", "user:root", "key:grafana", rotated.key.id, "acme"),
        ("authentication.key_revoked", "user:ann", "key:grafana", rotated.key.id, "acme"),
    ]
    assert recorded(database)[1].data["replaces"] == made.key.id


def test_a_refused_key_leaves_nothing(database: Database) -> None:
    with pytest.raises(BadKey):
        with_key(database, roles=("nobody",))
    assert recorded(database) == []
    with database.read() as store:
        assert list_keys(store, ADMIN) == []


def test_a_revoked_key_is_none(database: Database) -> None:
    made = with_key(database)
    change(database, lambda work: revoke(work, ADMIN, made.key.id))
    assert why(database, made, LONG_AGO) == "revoked"
    before = len(recorded(database))
    change(database, lambda work: revoke(work, ADMIN, made.key.id))
    assert len(recorded(database)) == before


def test_an_expired_key_is_none_from_that_moment_on(database: Database) -> None:
    made = with_key(database, expires=datetime(2999, 1, 1, tzinfo=UTC))
    assert why(database, made, "2998-12-31T23:59:59.999999Z") == ""
    assert why(database, made, "2999-01-01T00:00:00.000000Z") == "expired"


def test_a_rotated_key_is_good_for_the_time_of_grace(database: Database) -> None:
    old = with_key(database, roles=("viewer", "auditor"), tenant="acme")
    with database.write() as work:
        new = rotate(work, ADMIN, old.key.id, grace=timedelta(hours=1))
        begun = datetime.fromisoformat(work.now)
    within = (begun + timedelta(minutes=59)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    after = (begun + timedelta(minutes=61)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert [why(database, key, within) for key in (old, new)] == ["", ""]
    assert [why(database, key, after) for key in (old, new)] == ["expired", ""]
    assert new.key.id != old.key.id
    assert (new.key.name, new.key.roles, new.key.tenant) == (old.key.name, old.key.roles, old.key.tenant)


def test_grace_makes_no_key_live_longer(database: Database) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    old = with_key(database, expires=soon)
    change(database, lambda work: rotate(work, ADMIN, old.key.id, grace=timedelta(days=9)))
    with database.read() as store:
        assert {key.expires_at for key in list_keys(store, ADMIN) if key.id == old.key.id} == {
            old.key.expires_at
        }


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": ""}, "up to 63"),
        ({"name": "a b"}, "up to 63"),
        ({"name": "-a"}, "up to 63"),
        ({"name": "a\n"}, "up to 63"),
        ({"name": "é"}, "up to 63"),
        ({"name": "a" * 64}, "up to 63"),
        ({"roles": ()}, "without a role"),
        ({"roles": ("nobody",)}, "there are admin, auditor, responder, viewer"),
        ({"tenant": ""}, "leave it out"),
        ({"expires": datetime(2001, 1, 1, tzinfo=UTC)}, "expired from the start"),
        ({"expires": datetime(999, 1, 1, tzinfo=UTC)}, "expired from the start"),
        ({"expires": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9)))}, "years 1 to 9999"),
        (
            {"expires": datetime(9999, 12, 31, 20, tzinfo=timezone(-timedelta(hours=9)))},
            "years 1 to 9999",
        ),
        ({"expires": datetime(2999, 1, 1)}, "needs a zone"),
    ],
)
def test_what_cannot_be_made_is_told(database: Database, asked: dict[str, object], said: str) -> None:
    wanted: dict[str, object] = {"name": "grafana", "roles": ("viewer",), **asked}
    with pytest.raises(BadKey, match=said):
        with_key(database, **wanted)  # type: ignore[arg-type]


def test_two_good_keys_have_not_the_same_name(database: Database) -> None:
    first = with_key(database)
    with pytest.raises(BadKey, match="rotate or revoke"):
        with_key(database)
    change(database, lambda work: revoke(work, ADMIN, first.key.id))
    assert with_key(database).key.name == first.key.name


def test_what_is_over_cannot_be_rotated(database: Database) -> None:
    made = with_key(database)
    change(database, lambda work: revoke(work, ADMIN, made.key.id))
    with pytest.raises(BadKey, match="make a new one"):
        change(database, lambda work: rotate(work, ADMIN, made.key.id, grace=timedelta(0)))


@pytest.mark.parametrize(("grace", "said"), [(timedelta(-1), "negative"), (timedelta.max, "too long")])
def test_grace_is_a_time_from_now(database: Database, grace: timedelta, said: str) -> None:
    made = with_key(database)
    with pytest.raises(BadKey, match=said):
        change(database, lambda work: rotate(work, ADMIN, made.key.id, grace=grace))
    assert why(database, made, FOR_EVER) == ""


@pytest.mark.parametrize(
    ("by", "roles", "tenant"),
    [
        (RESPONDER, ("viewer",), None),
        (ACME_ADMIN, ("viewer",), None),
        (ACME_ADMIN, ("viewer",), "other"),
    ],
)
def test_nobody_makes_a_key_for_more_than_they_have(
    database: Database, by: Principal, roles: tuple[str, ...], tenant: str | None
) -> None:
    with pytest.raises(NotAllowed):
        with_key(database, by=by, roles=roles, tenant=tenant)


def test_a_tenants_admin_knows_of_no_other_keys(database: Database) -> None:
    own = with_key(database, "own", tenant="acme")
    others = [with_key(database, "all"), with_key(database, "other", tenant="other")]
    with database.read() as store:
        assert list_keys(store, ACME_ADMIN) == [own.key]
    for other in [*(made.key.id for made in others), "nothere"]:
        for act in (
            lambda work, id=other: revoke(work, ACME_ADMIN, id),
            lambda work, id=other: rotate(work, ACME_ADMIN, id, grace=timedelta(0)),
        ):
            with pytest.raises(NoSuchKey, match=r"^There is no such key\.$"):
                change(database, act)
    assert [why(database, made, LONG_AGO) for made in others] == ["", ""]


def test_without_admin_keys_are_not_to_be_seen(database: Database) -> None:
    made = with_key(database)
    with database.read() as store, pytest.raises(NotAllowed):
        list_keys(store, RESPONDER)
    with pytest.raises(NotAllowed):
        change(database, lambda work: revoke(work, RESPONDER, made.key.id))


def test_nothing_is_kept_of_a_transaction_that_fails(database: Database) -> None:
    def fail(work: Work) -> None:
        create(work, ADMIN, name="lost", roles=["viewer"], known=ROLES)
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        change(database, fail)
    with database.read() as store:
        assert list_keys(store, ADMIN) == []
    assert recorded(database) == []
