"""API keys as requests bring them: what is remembered, for how long, and when they were used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitorgen_exporters.audit.store import Store, StoreError
from monitorgen_exporters.receiver.access import key_rows, keyring
from monitorgen_exporters.receiver.access.keyring import REMEMBERED, Keyring
from monitorgen_exporters.receiver.access.keys import list_keys, revoke, rotate
from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.database import Database
from tests.support.receiver_keys import ADMIN, ROLES, with_key

NOON = "2998-06-01T12:00:00.000000Z"
LATER = "2998-06-01T12:05:00.000000Z"


@dataclass
class Replica:
    """A process that lets keys in: with a clock that is set, and a database that counts its readers."""

    database: Database
    moment: float = 1000.0
    read_times: int = 0
    gone: bool = False
    ring: Keyring = field(init=False)

    def __post_init__(self) -> None:
        self.ring = Keyring(ROLES, clock=lambda: self.moment)

    @contextmanager
    def read(self) -> Iterator[Store]:
        self.read_times += 1
        if self.gone:
            raise StoreError("the database went away")
        with self.database.read() as store:
            yield store

    def ask(self, text: str, now: str = NOON) -> Principal | Refusal:
        return self.ring.authenticate(text, now, self.read)

    def why(self, text: str, now: str = NOON) -> str:
        """Why a key is refused; empty when it is not."""
        found = self.ask(text, now)
        return found.why if isinstance(found, Refusal) else ""


@pytest.fixture
def replica(database: Database) -> Replica:
    return Replica(database)


def test_a_good_key_is_somebody(replica: Replica) -> None:
    made = with_key(replica.database, roles=("auditor",), tenant="acme")
    assert replica.ask(made.text) == Principal(
        "grafana", "key:grafana", frozenset({"audit", "reports"}), "acme"
    )


def test_a_key_of_a_role_that_is_gone_may_nothing(replica: Replica) -> None:
    made = with_key(replica.database, roles=("auditor",))
    found = Keyring({}).authenticate(made.text, NOON, replica.read)
    assert isinstance(found, Principal)
    assert found.permissions == frozenset()


@pytest.mark.parametrize(
    "presented",
    [
        "",
        "mgk_",
        "mgk_abcdefghijkl_",
        "mgk_abcdefghijkl_" + "a" * 42,
        "mgk_abcdefghijkl_" + "a" * 44,
        "mgk_abcdefghijkl_" + "a" * 43 + "\n",
        "MGK_abcdefghijkl_" + "a" * 43,
        "mgk_abcdefghijk'_" + "a" * 43,
        "mgk_abcdefghijkl_" + "é" * 43,
        "mgk_abcdefghijkl_" + "\ud800" * 43,
        "mgk_abcdefghijkl_" + "٣" * 43,
        "mgk_" + "a" * 1_000_000,
        "\x00",
    ],
)
def test_what_is_no_key_does_not_reach_the_database(replica: Replica, presented: str) -> None:
    assert replica.why(presented) == "malformed"
    assert replica.read_times == 0


def test_all_that_are_not_good_are_answered_alike(replica: Replica) -> None:
    expired = with_key(replica.database, "expired", expires=datetime(2998, 1, 1, tzinfo=UTC))
    revoked = with_key(replica.database, "revoked")
    with replica.database.write() as work:
        revoke(work, ADMIN, revoked.key.id)
    good = with_key(replica.database)
    wrong_secret = f"{good.text[:-1]}{'A' if good.text[-1] != 'A' else 'B'}"
    other_id = key_rows.new_text()[1]
    swapped = f"{good.text[:17]}{expired.text[17:]}"
    presented = [expired.text, revoked.text, wrong_secret, other_id, swapped, "mgk_x", ""]
    found = [replica.ask(text) for text in presented]
    refusals = [one for one in found if isinstance(one, Refusal)]
    whys = ["expired", "revoked", "unknown", "unknown", "unknown", "malformed", "malformed"]
    assert [one.why for one in refusals] == whys
    assert {(one.status, one.text) for one in refusals} == {(401, refusals[0].text)}
    # Whose it was is known only where the secret was right.
    whose = [f"key:{expired.key.id}", f"key:{revoked.key.id}", "", "", "", "", ""]
    assert [one.who for one in refusals] == whose


def test_a_good_key_is_looked_up_once_in_a_while(replica: Replica) -> None:
    made = with_key(replica.database)
    for _ in range(5):
        assert replica.why(made.text) == ""
    assert replica.read_times == 1
    replica.moment += REMEMBERED
    assert replica.why(made.text) == ""
    assert replica.read_times == 2


def test_bad_keys_are_not_remembered(replica: Replica) -> None:
    for _ in range(3):
        assert replica.why(key_rows.new_text()[1]) == "unknown"
    assert replica.read_times == 3


def test_a_key_that_was_revoked_elsewhere_is_none_after_a_moment(replica: Replica) -> None:
    made = with_key(replica.database)
    other = Replica(replica.database)
    assert replica.why(made.text) == other.why(made.text) == ""
    with replica.database.write() as work:
        revoke(work, ADMIN, made.key.id)
    replica.ring.forget()
    assert replica.why(made.text) == "revoked"
    other.moment += REMEMBERED
    assert other.why(made.text) == "revoked"


def test_a_key_expires_while_it_is_remembered(replica: Replica) -> None:
    made = with_key(replica.database, expires=datetime(2998, 6, 1, 12, 1, tzinfo=UTC))
    assert replica.why(made.text) == ""
    assert replica.why(made.text, LATER) == "expired"
    assert replica.read_times == 1


def test_both_keys_of_a_rotation_are_the_same_somebody(replica: Replica) -> None:
    old = with_key(replica.database, tenant="acme")
    with replica.database.write() as work:
        new = rotate(work, ADMIN, old.key.id, grace=timedelta(days=500_000))
    assert replica.ask(old.text) == replica.ask(new.text)


def test_a_database_that_is_away_lets_in_whom_it_knows(replica: Replica) -> None:
    made = with_key(replica.database)
    assert replica.why(made.text) == ""
    replica.gone = True
    assert replica.why(made.text) == ""
    replica.moment += REMEMBERED
    with pytest.raises(StoreError, match="went away"):
        replica.ask(made.text)


def uses(replica: Replica) -> list[str | None]:
    if replica.ring.has_uses:
        with replica.database.write() as work:
            replica.ring.write_uses(work)
    with replica.database.read() as store:
        return [key.used_at for key in list_keys(store, ADMIN)]


def test_the_last_use_is_noted_once_a_minute(replica: Replica) -> None:
    made = with_key(replica.database)
    assert uses(replica) == [None]
    replica.ask(made.text, NOON)
    assert uses(replica) == [NOON]
    replica.moment += 59
    replica.ask(made.text, LATER)
    assert uses(replica) == [NOON]
    replica.moment += 1
    replica.ask(made.text, LATER)
    assert uses(replica) == [LATER]


def test_an_earlier_use_does_not_hide_a_later_one(replica: Replica) -> None:
    made = with_key(replica.database)
    other = Replica(replica.database)
    replica.ask(made.text, NOON)
    other.ask(made.text, LATER)
    assert uses(other) == [LATER]
    assert uses(replica) == [LATER]


def test_a_refused_key_is_not_used(replica: Replica) -> None:
    made = with_key(replica.database, expires=datetime(2998, 1, 1, tzinfo=UTC))
    replica.ask(made.text)
    assert not replica.ring.has_uses


def test_no_more_keys_are_remembered_than_fit(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_MOST", 2)
    made = [with_key(replica.database, f"key{number}") for number in range(3)]
    for one in made:
        replica.ask(one.text)
    assert replica.read_times == 3
    replica.ask(made[2].text)
    assert replica.read_times == 3
    replica.ask(made[0].text)
    assert replica.read_times == 4


def test_digests_are_compared_in_constant_time(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def same(given: str, held: str) -> bool:
        compared.append((given, held))
        return given == held

    monkeypatch.setattr(keyring, "compare_digest", same)
    made = with_key(replica.database)
    assert replica.why(made.text) == ""
    assert replica.why(key_rows.new_text()[1]) == "unknown"
    # Also for an id that is not there, so that both take as long.
    assert len(compared) == 2
    assert all(len(text) == 64 for pair in compared for text in pair)


def test_neither_the_keyring_nor_a_log_holds_a_key(
    replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    made = with_key(replica.database)
    replica.ask(made.text)
    replica.ask(f"{made.text[:-4]}AAAA")
    secret = made.text.rpartition("_")[2]
    held = repr([getattr(replica.ring, name) for name in vars(replica.ring)])
    assert made.key.id in held
    assert secret not in held + caplog.text
