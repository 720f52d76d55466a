"""Whose a delivery is, by what it brings along; and everything that is refused."""

import base64
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.vocabulary.receiver_sources import ReceiverSource
from monitorgen_exporters.receiver.access import webhook
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.secret import WatchedSecret
from monitorgen_exporters.receiver.access.webhook import LONGEST_HEADER, Admitted, Webhook

EU, US, LAB = Admitted("eu1", "acme"), Admitted("us1", ""), Admitted("lab", "lab")


def basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


@dataclass
class Door:
    """A webhook of three sources, with their secrets in files and a clock that is set."""

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    moment: float = 1000.0
    webhook: Webhook = field(init=False)

    def __post_init__(self) -> None:
        self.write("eu1", "s3cret-eu1")
        self.write("us1", "s3cret-us1")
        self.webhook = Webhook(
            {
                name: ReceiverSource.model_validate(source)
                for name, source in {
                    "eu1": {"token": self.file("eu1"), "tenant": "acme"},
                    "us1": {"username": "am", "password": self.file("us1")},
                    "lab": {"client_certificate": "lab.acme.example", "tenant": "lab"},
                    **self.more,
                }.items()
            },
            clock=lambda: self.moment,
        )

    def file(self, name: str) -> dict[str, str]:
        return {"file": str(self.folder / name)}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def ask(
        self, *headers: bytes, common_name: str | None = None, named: str | None = None
    ) -> Admitted | Refusal:
        return self.webhook.identify(headers, common_name=common_name, named=named)

    def later(self) -> None:
        """Until the files are looked at again."""
        self.moment += 1.0


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(
    ("header", "source"),
    [
        (b"Bearer s3cret-eu1", EU),
        (b"bearer s3cret-eu1", EU),
        (b"BEARER   s3cret-eu1 ", EU),
        (basic("am", "s3cret-us1"), US),
    ],
)
def test_who_proves_it_is_let_in(door: Door, header: bytes, source: Admitted, times: int) -> None:
    assert [door.ask(header) for _ in range(times)] == [source] * times


def test_a_client_certificate_proves_it(door: Door) -> None:
    assert door.ask(common_name="lab.acme.example") == LAB


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b" ",
        b"Bearer",
        b"Bearer ",
        b"Bearer s3cret-eu",
        b"Bearer s3cret-eu1x",
        b"Bearer S3CRET-EU1",
        b"Bearer s3cret-us1",
        b"Bearer am:s3cret-us1",
        b"Bearer s3cret-eu1, Bearer s3cret-eu1",
        b"Bearer\ts3cret-eu1",
        b"Digest s3cret-eu1",
        b"s3cret-eu1",
        "Bearer s3crét-eu1".encode(),
        "Bearer s3cret-eu1".encode("utf-16"),
        b"Bearer \xff\xfe\x00",
        b"Bearer " + b"a" * LONGEST_HEADER,
        b"Bearer s3cret-eu1" + b" " * LONGEST_HEADER,
        basic("am", "s3cret-us"),
        basic("AM", "s3cret-us1"),
        basic("", "s3cret-us1"),
        basic("am", ""),
        basic("am:", "s3cret-us1"),
        basic("", "s3cret-eu1"),
        basic("eu1", "s3cret-eu1"),
        b"Basic am:s3cret-us1",
        b"Basic ====",
        b"Basic " + base64.b64encode(b"am"),
        b"Basic \xff",
    ],
)
def test_what_proves_nothing_is_refused_alike(door: Door, header: bytes) -> None:
    found = [door.ask(header), door.ask(header, named="eu1"), door.ask(header, named="nothere")]
    assert all(isinstance(one, Refusal) and one.status == 401 and not one.who for one in found)
    # A certificate does not help who shows something wrong beside it.
    assert isinstance(door.ask(header, common_name="lab.acme.example"), Refusal)


def test_nothing_is_refused(door: Door) -> None:
    assert door.ask() == door.ask(common_name="") == door.ask(named="eu1") == Refusal(401, "missing")


def test_two_headers_are_refused_even_if_both_are_good(door: Door) -> None:
    assert door.ask(b"Bearer s3cret-eu1", b"Bearer s3cret-eu1") == Refusal(401, "malformed")


@pytest.mark.parametrize("name", ["other.acme.example", "LAB.acme.example", "lab.acme.example.", "eu1", "\0"])
def test_another_certificate_is_refused(door: Door, name: str) -> None:
    assert door.ask(common_name=name) == Refusal(401, "unknown")


@pytest.mark.parametrize("named", ["us1", "lab", "nothere", ""])
def test_a_good_credential_is_none_for_another_source(door: Door, named: str) -> None:
    for _ in range(2):
        assert door.ask(b"Bearer s3cret-eu1", named=named) == Refusal(403, "other_source", "source:eu1")
    assert door.ask(b"Bearer s3cret-eu1", named="eu1") == EU


def test_a_secret_of_two_sources_says_nothing_about_the_tenant(tmp_path: Path) -> None:
    door = Door(tmp_path)
    twins = Door(tmp_path, {"eu2": {"token": door.file("eu1"), "tenant": "other"}})
    for _ in range(2):
        assert twins.ask(b"Bearer s3cret-eu1") == Refusal(403, "ambiguous")
        assert twins.ask(b"Bearer s3cret-eu1", named="eu2") == Admitted("eu2", "other")
        assert twins.ask(b"Bearer s3cret-eu1", named="eu1") == EU


def test_sources_that_come_to_have_one_secret_are_seen_at_once(door: Door, tmp_path: Path) -> None:
    twins = Door(tmp_path, {"eu2": {"token": door.file("eu2")}})
    door.write("eu2", "s3cret-eu2")
    assert twins.ask(b"Bearer s3cret-eu1") == EU
    door.write("eu2", "s3cret-eu1")
    twins.later()
    assert twins.ask(b"Bearer s3cret-eu1") == Refusal(403, "ambiguous")


def test_a_secret_is_rotated_by_writing_its_file(door: Door) -> None:
    assert door.ask(b"Bearer s3cret-eu1") == EU
    door.write("eu1", "n3w")
    door.later()
    assert door.ask(b"Bearer s3cret-eu1") == Refusal(401, "unknown")
    assert door.ask(b"Bearer n3w") == EU
    assert door.ask(basic("am", "s3cret-us1")) == US


def test_a_secret_that_cannot_be_read_lets_nobody_in_and_has_alertmanager_try_again(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert door.ask(b"Bearer s3cret-eu1") == EU
    (door.folder / "eu1").unlink()
    for _ in range(3):
        door.later()
        assert door.ask(b"Bearer s3cret-eu1") == Refusal(503, "unreadable")
        assert door.ask(basic("am", "s3cret-us1")) == US
        assert door.ask(common_name="nobody") == Refusal(401, "unknown")
    assert list(door.webhook.faults) == ["eu1"]
    door.write("eu1", "s3cret-eu1")
    door.later()
    assert door.ask(b"Bearer s3cret-eu1") == EU
    assert not door.webhook.faults
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_an_empty_secret_is_none(door: Door) -> None:
    door.write("eu1", "\n")
    door.write("us1", "")
    door.later()
    for header in (b"Bearer ", b"Bearer", basic("am", ""), basic("", "")):
        found = door.ask(header)
        assert isinstance(found, Refusal)
        assert found.status in (401, 503)


def test_files_are_looked_at_once_a_second(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert door.ask(b"Bearer s3cret-eu1") == EU
    monkeypatch.setattr(WatchedSecret, "read", None)
    for _ in range(100):
        door.moment += 0.009
        assert door.ask(b"Bearer s3cret-eu1") == EU


def test_no_more_headers_are_remembered_than_fit(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_MOST", 10)
    for blanks in range(1, 100):
        assert door.ask(b"Bearer" + b" " * blanks + b"s3cret-eu1") == EU
        door.ask(b"Bearer wrong%d" % blanks)
    assert len(vars(door.webhook)["_known"]) <= 10


def test_secrets_are_compared_in_constant_time_and_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def same(given: bytes, held: bytes) -> bool:
        compared.append((given, held))
        return given == held

    monkeypatch.setattr(webhook, "compare_digest", same)
    door = Door(tmp_path)
    for header in (b"Bearer s3cret-eu1", b"Bearer wrong", basic("am", "x" * 1000)):
        compared.clear()
        door.ask(header)
        assert len(compared) == 2
        assert all(len(text) == 32 for pair in compared for text in pair)


def test_neither_the_door_nor_a_log_shows_a_secret(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    found = [door.ask(b"Bearer s3cret-eu1"), door.ask(b"Bearer guessed"), door.ask(basic("am", "s3cret-us1"))]
    (door.folder / "eu1").unlink()
    door.later()
    door.ask(b"Bearer s3cret-eu1")
    held = repr([getattr(door.webhook, name) for name in vars(door.webhook)])
    said = held + repr(found) + caplog.text
    assert "eu1" in said
    assert not any(text in said for text in ("s3cret", "guessed"))


@given(st.lists(st.binary(max_size=200), max_size=2), st.text(max_size=20) | st.none())
def test_whatever_comes_is_answered(
    tmp_path_factory: pytest.TempPathFactory, headers: list[bytes], name: str | None
) -> None:
    door = Door(tmp_path_factory.getbasetemp())
    assert isinstance(door.ask(*headers, common_name=name, named=name), Refusal)
