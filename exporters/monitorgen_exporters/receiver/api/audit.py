"""The audit log: searched, and its records proven. Whoever reads it is recorded in it."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from monitorgen_exporters.audit.proving import Unprovable, prove
from monitorgen_exporters.audit.search import Found, find
from monitorgen_exporters.audit.search import Query as AuditQuery
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.words import Limit, Moment, Word, moment_of
from monitorgen_exporters.receiver.queries.audit import find_record, newest_note, of_tenant

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["audit"])

RecordId = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"),
    Path(description="The record's id, or its position in the log."),
]


class AuditRecord(BaseModel):
    """A record of the audit log; of a pruned one, only what proves it."""

    position: int
    id: str
    leaf: str = Field(description="Its hash in the log's tree: 64 hex digits.")
    pruned: bool = Field(description="Whether only the hash is kept; then everything below is null.")
    ts: str | None
    type: str | None
    actor: str | None
    subject: str | None
    incident: str | None = Field(description="The id of the alert it is about.")
    severity: str | None
    data: dict[str, Any] | None
    commitments: dict[str, str] | None = Field(
        description="For each personal field, the hash that commits to its value."
    )


class RecordPage(BaseModel):
    """Some records."""

    records: list[AuditRecord]
    next: str | None = Field(description="`after` for the next page; null: these are the last.")


class RecordFilters(BaseModel):
    """Which records. A parameter that may stand several times fits a record that fits one of them."""

    model_config = ConfigDict(extra="forbid")

    type: list[Word] = Field([], max_length=50, description="Types (`alert.opened`) or categories (`alert`).")
    actor: list[Word] = Field([], max_length=50, description="Actors (`user:ann`) or kinds of them (`user`).")
    subject: list[Word] = Field([], max_length=50, description="Subjects, or kinds of them (`alert`).")
    incident: list[Word] = Field([], max_length=50, description="The ids of alerts.")
    severity: list[Word] = Field([], max_length=50)
    since: Moment | None = Field(None, description="Then or later: a time, or how long ago (`36h`).")
    until: Moment | None = Field(None, description="Before that.")
    text: Word = Field("", description="A piece of text in the record; small and capital letters differ.")
    order: Literal["newest", "oldest"] = Field("newest", description="Which come first.")
    limit: int = Field(100, ge=1, le=Limit)
    after: int | None = Field(None, ge=0, lt=1 << 62, description="`next` of the page before.")


@router.get("/api/v1/audit/records")
def search_records(service: TheService, who: Who, filters: Annotated[RecordFilters, Query()]) -> RecordPage:
    """Records of the audit log, a page at a time.

    A credential of one tenant sees what is recorded about that tenant's alerts, as long as those are kept.
    """
    query = AuditQuery(
        types=tuple(filters.type),
        actors=tuple(filters.actor),
        subjects=tuple(filters.subject),
        incidents=tuple(filters.incident),
        severities=tuple(filters.severity),
        since=moment_of("since", filters.since) or "",
        until=moment_of("until", filters.until) or "",
        text=filters.text,
    )
    asked = filters.model_dump(mode="json", exclude_defaults=True)
    _record(service, who, "audit.searched", "audit:records", {"asked": asked})
    with service.database.read() as store:
        found = list(
            find(
                store,
                query,
                limit=filters.limit + 1,
                oldest_first=filters.order == "oldest",
                after=filters.after,
                also=of_tenant(who.tenant),
            )
        )
    shown = found[: filters.limit]
    return RecordPage(
        records=[_shown(each) for each in shown],
        next=str(shown[-1].position) if len(found) > len(shown) else None,
    )


@router.get("/api/v1/audit/records/{id}")
def show_record(service: TheService, who: Who, id: RecordId) -> AuditRecord:
    """One record."""
    found = _find(service, who, id)
    _record(service, who, "audit.read", f"record:{found.id}", {})
    return _shown(found)


@router.get(
    "/api/v1/audit/records/{id}/proof",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def prove_record(service: TheService, who: Who, id: RecordId) -> Response:
    """A file that proves that the record is in the log: `monitorgen audit verify-proof` reads it.

    It holds the record, and leads to a checkpoint that the log has signed. 409 while none covers it yet.
    """
    found = _find(service, who, id)
    _record(service, who, "audit.proven", f"record:{found.id}", {})
    try:
        with service.database.read() as store:
            proof = prove(store, found.id)
    except Unprovable as problem:
        raise Problem(409, f"It cannot be proven now: {problem}.", headers={"Retry-After": "5"}) from None
    return Response(proof.text, media_type="text/plain; charset=utf-8")


@router.get(
    "/api/v1/audit/checkpoint",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def show_checkpoint(service: TheService, who: Who) -> Response:
    """The newest checkpoint of the log, as it was signed (c2sp.org/tlog-checkpoint)."""
    with service.database.read() as store:
        note = newest_note(store)
    if note is None:
        raise Problem(404, "The log has no checkpoint yet: it seals itself within seconds.")
    _record(service, who, "audit.checkpoint_read", "audit:checkpoint", {})
    return Response(note, media_type="text/plain; charset=utf-8")


def _find(service: TheService, who: Who, id: str) -> Found:
    with service.database.read() as store:
        found = find_record(store, who.tenant, id)
    if found is None:
        raise Problem.not_found("record")
    return found


def _record(service: TheService, who: Who, type: str, subject: str, data: dict[str, Any]) -> None:
    """Whoever looks into the log is in it, before they have seen anything."""
    tenant = {} if who.tenant is None else {"tenant": who.tenant}
    with service.database.write() as work:
        work.audit(type, who.actor, subject, {**data, **tenant})


def _shown(found: Found) -> AuditRecord:
    record = found.record
    return AuditRecord(
        position=found.position,
        id=found.id,
        leaf=found.leaf.hex(),
        pruned=record is None,
        ts=record.ts if record else None,
        type=record.type if record else None,
        actor=record.actor if record else None,
        subject=record.subject if record else None,
        incident=record.incident if record else None,
        severity=record.severity if record else None,
        data=dict(record.data) if record else None,
        commitments=dict(record.commitments) if record else None,
    )
