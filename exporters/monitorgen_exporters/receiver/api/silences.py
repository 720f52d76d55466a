"""Silences in Alertmanager: those that there are, and those that people have made and ended."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from monitorgen.vocabulary.receiver_sources import SourceAlertmanager
from monitorgen_exporters.receiver.alertmanager import by_people
from monitorgen_exporters.receiver.alertmanager.answers import Silence as RemoteSilence
from monitorgen_exporters.receiver.alertmanager.client import peers_of
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher as RemoteMatcher
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.words import Word

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["silences"])

_TIMEOUT: Final = 10.0  # seconds for an Alertmanager to answer a person

_Some = Annotated[Word, StringConstraints(min_length=1)]


class Matcher(BaseModel):
    """One condition on a label. That a label is missing is the same as that it is empty."""

    model_config = ConfigDict(extra="forbid")

    name: _Some = Field(description="The label.")
    value: Word
    is_regex: bool = Field(False, description="Whether the value is a regular expression for the whole.")
    is_equal: bool = Field(True, description="false: the label is not so.")


class Silence(BaseModel):
    """A silence as Alertmanager has it."""

    source: str = Field(description="In which cluster.")
    id: str = Field(description="Alertmanager's id.")
    state: str = Field(description="`active`, or `pending` until it begins.")
    matchers: list[Matcher]
    starts_at: str
    ends_at: str
    created_by: str
    comment: str


class SilenceList(BaseModel):
    """Silences that mute or are going to."""

    silences: list[Silence]
    unavailable: dict[str, str] = Field(
        description="The sources whose Alertmanagers did not answer, each with why."
    )


class SilenceRequest(BaseModel):
    """The silence that is wanted."""

    model_config = ConfigDict(extra="forbid")

    source: _Some = Field(description="In which cluster.")
    matchers: list[Matcher] = Field(min_length=1, max_length=100)
    until: AwareDatetime = Field(description="A time to come, with its zone.")
    why: _Some


class SilenceWanted(BaseModel):
    """What was asked for."""

    id: str = Field(description="It stands in the comment of the silence: `[monitorgen:ID]`.")


@router.get("/api/v1/silences")
def list_silences(
    service: TheService, who: Who, source: Annotated[Word | None, Query(description="Of one source.")] = None
) -> SilenceList:
    """The silences there are, asked from Alertmanager now.

    A credential of one tenant sees those of its own sources that name the tenant.
    """
    found: list[Silence] = []
    unavailable: dict[str, str] = {}
    for name, login in _alertmanagers(service, who).items():
        if source in (None, name):
            try:
                there = by_people.list_silences(peers_of(login, timeout=_TIMEOUT), who)
            except by_people.SilenceUnavailable as problem:
                unavailable[name] = str(problem)
            else:
                found += (_shown(name, silence) for silence in there)
    return SilenceList(silences=found, unavailable=unavailable)


@router.post("/api/v1/silences", status_code=202)
def create_silence(service: TheService, who: Who, said: SilenceRequest) -> SilenceWanted:
    """Have a silence made: with the next look at Alertmanager, and again should it forget."""
    _alertmanager(service, who, said.source)
    matchers = [RemoteMatcher(each.name, each.value, each.is_regex, each.is_equal) for each in said.matchers]
    try:
        with service.database.write() as work:
            id = by_people.create(work, said.source, matchers, said.until.isoformat(), said.why, who)
    except by_people.SilenceRefused as problem:
        raise Problem(409, str(problem)) from None
    return SilenceWanted(id=id)


@router.delete("/api/v1/silences/{source}/{id}", status_code=204, response_class=Response)
def delete_silence(
    service: TheService,
    who: Who,
    source: Annotated[_Some, Path(description="In which cluster.")],
    id: Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$", description="Alertmanager's id.")],
) -> None:
    """End a silence. One that follows from an acknowledgement or a suppression ends with that."""
    peers = peers_of(_alertmanager(service, who, source), timeout=_TIMEOUT)
    try:
        by_people.delete(service.database, source, peers, id, who)
    except by_people.SilenceNotFound:
        raise Problem.not_found("silence") from None
    except by_people.SilenceRefused as problem:
        raise Problem(409, str(problem)) from None
    except by_people.SilenceUnavailable as problem:
        raise Problem(502, f"Alertmanager did not answer as it should: {problem}") from None


def _alertmanagers(service: TheService, who: Who) -> dict[str, SourceAlertmanager]:
    """The APIs of the sources whose alerts are there for who asks, by the source's name."""
    return {
        name: source.alertmanager
        for name, source in sorted(service.settings.sources.items())
        if source.alertmanager is not None and who.sees(source.tenant or "")
    }


def _alertmanager(service: TheService, who: Who, source: str) -> SourceAlertmanager:
    if (found := _alertmanagers(service, who).get(source)) is None:
        raise Problem(404, "There is no such source, or the settings do not say where its Alertmanager is.")
    return found


def _shown(source: str, silence: RemoteSilence) -> Silence:
    return Silence(
        source=source,
        id=silence.id,
        state=silence.status.state,
        matchers=[
            Matcher.model_construct(
                name=each.name, value=each.value, is_regex=each.is_regex, is_equal=each.is_equal
            )
            for each in silence.matchers
        ],
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        created_by=silence.created_by,
        comment=silence.comment,
    )
