"""API keys made, rotated, revoked and listed: by somebody who may, and never for more than they have."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.access.key_rows import Key, digest_of, new_text, read_key, read_keys
from monitorgen_exporters.receiver.access.principal import Principal, Roles, permissions_of
from monitorgen_exporters.receiver.tables import CREDENTIAL
from monitorgen_exporters.receiver.work import Work

__all__ = [
    "BadKey",
    "NewKey",
    "NoSuchKey",
    "NotAllowed",
    "create",
    "list_keys",
    "revoke",
    "rotate",
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class BadKey(ValueError):  # noqa: N818 - says what it is
    """A key cannot be made, or not be changed, as was asked; the text says why, and how to mend it."""


class NoSuchKey(BadKey):
    """There is no key with this id, as far as who asks may know."""


class NotAllowed(BadKey):
    """Who asks may not do this."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; its text is told this once and kept nowhere."""

    key: Key
    text: str = field(repr=False)


def create(
    work: Work,
    by: Principal,
    *,
    name: str,
    roles: Iterable[str],
    known: Roles,
    tenant: str | None = None,
    expires: datetime | None = None,
) -> NewKey:
    """A new key, good once the transaction is committed, until `expires` (with a time zone) or for ever.

    `roles` are some of those that are `known`. The name is that of the key's actor (`key:NAME`), so that no
    two good keys have the same but in the grace time of a rotation. Raises BadKey, and NotAllowed where `by`
    has less than the key would have.
    """
    roles = tuple(sorted(set(roles)))
    _check_admin(by)
    for role in roles:
        if role not in known:
            raise BadKey(f"There is no role {role[:60]!r}; there are {', '.join(sorted(known))}.")
    if not roles:
        raise BadKey("A key without a role opens nothing: give it one.")
    if not by.may_hand_out(permissions_of(roles, known), tenant):
        raise NotAllowed("Nobody makes a key that may do or see more than they themselves.")
    if _NAME.fullmatch(name) is None:
        raise BadKey("The name of a key has up to 63 letters, digits and . _ -, and begins with no sign.")
    if any(key.name == name and key.good(work.now) for key in read_keys(work.store)):
        raise BadKey(f"There is a key called {name}: rotate or revoke that one, or take another name.")
    if tenant == "":
        raise BadKey("A tenant has a name; leave it out for a key that sees all.")
    made = _add(work, name, roles, tenant, expires)
    work.audit("authentication.key_created", by.actor, f"key:{name}", _told(made.key))
    return made


def revoke(work: Work, by: Principal, id: str) -> Key:
    """The key, which opens nothing any more; what was revoked before stays as it is.

    Other replicas, and caches, follow within `keyring.REMEMBERED` seconds. Raises NoSuchKey and NotAllowed.
    """
    key = _of(work.store, by, id)
    if key.revoked_at is not None:
        return key
    work.store.execute("UPDATE receiver_credential SET revoked_at = ? WHERE id = ?", [work.now, id])
    work.audit("authentication.key_revoked", by.actor, f"key:{key.name}", _told(key))
    return _of(work.store, by, id)


def rotate(
    work: Work,
    by: Principal,
    id: str,
    *,
    grace: timedelta,
    expires: datetime | None = None,
) -> NewKey:
    """A new key in place of the one with this id, which stays good for `grace` and no longer.

    It has the same name, roles and tenant. Raises BadKey for a key that is no longer good, NoSuchKey, and
    NotAllowed.
    """
    old = _of(work.store, by, id)
    if not old.good(work.now):
        raise BadKey(f"The key {id} is no longer good: make a new one.")
    if grace < timedelta(0):
        raise BadKey("The time of grace cannot be negative.")
    try:
        until = _stamp(datetime.fromisoformat(work.now) + grace)
    except OverflowError:
        raise BadKey("The time of grace is too long: revoke the old key when it is no longer used.") from None
    if old.expires_at is None or until < old.expires_at:
        work.store.execute("UPDATE receiver_credential SET expires_at = ? WHERE id = ?", [until, id])
    made = _add(work, old.name, old.roles, old.tenant, expires)
    told = {**_told(made.key), "replaces": id, "grace_until": until}
    work.audit("authentication.key_rotated", by.actor, f"key:{old.name}", told)
    return made


def list_keys(store: Store, by: Principal) -> list[Key]:
    """The keys that `by` may know of: all, or those of its own tenant. Raises NotAllowed."""
    _check_admin(by)
    return [key for key in read_keys(store) if by.tenant is None or key.tenant == by.tenant]


def _add(
    work: Work, name: str, roles: tuple[str, ...], tenant: str | None, expires: datetime | None
) -> NewKey:
    expires_at = None if expires is None else _stamp(expires)
    if expires_at is not None and expires_at <= work.now:
        raise BadKey("This key would be expired from the start: give it a time in the future.")
    id, text = new_text()
    row = (
        id,
        name,
        digest_of(text),
        orjson.dumps(roles).decode(),
        tenant or "",
        work.now,
        expires_at,
        None,
        None,
    )
    work.store.insert(CREDENTIAL, [row])
    return NewKey(Key(id, name, roles, tenant, work.now, expires_at, None, None), text)


def _of(store: Store, by: Principal, id: str) -> Key:
    _check_admin(by)
    found = read_key(store, id)
    # A key of another tenant is answered for as one that is not there.
    if found is None or not (by.tenant is None or found[0].tenant == by.tenant):
        raise NoSuchKey("There is no such key.")
    return found[0]


def _check_admin(by: Principal) -> None:
    if not by.may("admin"):
        raise NotAllowed("Only who has the permission admin may see or change keys.")


def _told(key: Key) -> dict[str, Json]:
    told: dict[str, Json] = {"id": key.id, "roles": list(key.roles), "expires_at": key.expires_at}
    return told if key.tenant is None else {**told, "tenant": key.tenant}


def _stamp(moment: datetime) -> str:
    """A time as the tables have it; raises BadKey for one without a zone, which could be any."""
    if moment.tzinfo is None:
        raise BadKey("A time needs a zone: 2027-01-31T00:00:00Z.")
    try:
        # `strftime` writes the year 999 with three digits, which sorts after 2027.
        return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        raise BadKey(
            "This time is beyond the years 1 to 9999 in UTC: leave it out for a key that is good for ever."
        ) from None
