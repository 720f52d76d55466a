"""API keys: made, listed, rotated and revoked by those who may do everything."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from monitorgen_exporters.receiver.access import key_rows, keys
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.words import Word

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["keys"])

KeyId = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Za-z]{12}$"), Path(description="The key's id: its middle part.")
]


class Key(BaseModel):
    """What is known of an API key; never the key itself."""

    id: str
    name: str = Field(description="As history and audit log name its bearer: `key:NAME`.")
    roles: list[str]
    tenant: str | None = Field(description="The one tenant it is for; null: it sees all.")
    created_at: str
    expires_at: str | None = Field(description="null: never.")
    revoked_at: str | None
    used_at: str | None = Field(description="When it was last used, to a minute or so.")


class KeyList(BaseModel):
    """All keys there are and were."""

    keys: list[Key]


class NewKey(Key):
    """A key that was just made."""

    key: str = Field(description="The key. It is told this once, and kept nowhere.")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeyRequest(_Said):
    """The key that is wanted."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
    roles: list[Word] = Field(min_length=1, max_length=50)
    tenant: Annotated[Word, StringConstraints(min_length=1)] | None = None
    expires_at: AwareDatetime | None = Field(None, description="Without it, the key is good for ever.")


class Rotation(_Said):
    """How a key is replaced."""

    grace: int = Field(3600, ge=0, le=365 * 86400, description="Seconds for which the old key is still good.")
    expires_at: AwareDatetime | None = Field(None, description="Without it, the new key is good for ever.")


@router.get("/api/v1/keys")
def list_keys(service: TheService, who: Who) -> KeyList:
    """The keys that there are and were, the oldest first; those of its tenant for a credential of one."""
    with service.database.read() as store:
        return KeyList(keys=[_shown(key) for key in keys.list_keys(store, who)])


@router.post("/api/v1/keys", status_code=201)
def create_key(service: TheService, who: Who, said: KeyRequest) -> NewKey:
    """Make a key. Nobody makes one that may do or see more than they themselves."""
    known = service.settings.all_roles
    try:
        with service.database.write() as work:
            made = keys.create(
                work,
                who,
                name=said.name,
                roles=said.roles,
                known=known,
                tenant=said.tenant,
                expires=said.expires_at,
            )
    except keys.BadKey as problem:
        raise _problem(problem) from None
    return NewKey(**_shown(made.key).model_dump(), key=made.text)


@router.post("/api/v1/keys/{id}/rotate", status_code=201)
def rotate_key(service: TheService, who: Who, id: KeyId, said: Rotation) -> NewKey:
    """Make a key in place of another, of the same name, roles and tenant."""
    try:
        with service.database.write() as work:
            grace = timedelta(seconds=said.grace)
            made = keys.rotate(work, who, id, grace=grace, expires=said.expires_at)
    except keys.BadKey as problem:
        raise _problem(problem) from None
    service.keyring.forget()
    return NewKey(**_shown(made.key).model_dump(), key=made.text)


@router.post("/api/v1/keys/{id}/revoke")
def revoke_key(service: TheService, who: Who, id: KeyId) -> Key:
    """Have a key open nothing any more: here at once, at other replicas within ten seconds."""
    try:
        with service.database.write() as work:
            revoked = keys.revoke(work, who, id)
    except keys.BadKey as problem:
        raise _problem(problem) from None
    service.keyring.forget()
    return _shown(revoked)


def _problem(problem: keys.BadKey) -> Problem:
    status = (
        404 if isinstance(problem, keys.NoSuchKey) else 403 if isinstance(problem, keys.NotAllowed) else 409
    )
    return Problem(status, str(problem))


def _shown(key: key_rows.Key) -> Key:
    return Key(
        id=key.id,
        name=key.name,
        roles=list(key.roles),
        tenant=key.tenant,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
    )
