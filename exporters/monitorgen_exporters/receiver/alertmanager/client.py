"""The API (v2) of one Alertmanager: alerts, status and silences.

Whatever goes wrong is a `Fault`, a value with words for people; nothing here raises. A `Peer` is used by one
thread at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from monitorgen.vocabulary.receiver_sources import SourceAlertmanager
from monitorgen_exporters.receiver.alertmanager.answers import Posted, ShownAlert, Silence, Status
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher
from monitorgen_exporters.receiver.alertmanager.transport import Failed, Transport
from monitorgen_exporters.receiver.payload import moment

__all__ = ["Fault", "Peer", "View", "peers_of"]

_TIMEOUT: Final = 10.0  # seconds for an answer, and as long at most that stopping takes

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What an Alertmanager would not do, or could not be asked, and why."""

    peer: str
    why: str
    final: bool = False
    """Whether the same request would be refused for ever."""

    def __str__(self) -> str:
        return f"{self.peer}: {self.why}"


@dataclass(frozen=True, slots=True)
class View:
    """What one Alertmanager shows at a moment."""

    peer: str
    started_at: str
    """When its process began."""
    uptime: float
    """Seconds since then, by its own clock."""
    holds_back: bool
    """Whether its routes have times in which they notify nobody, of which its alerts may not tell."""
    alerts: list[ShownAlert]


_alerts = msgspec.json.Decoder(list[ShownAlert])
_status = msgspec.json.Decoder(Status)
_silences = msgspec.json.Decoder(list[Silence])
_posted = msgspec.json.Decoder(Posted)


class Peer:
    """One Alertmanager of a cluster, at `url`."""

    def __init__(self, url: str, login: SourceAlertmanager, *, timeout: float = _TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self._ask = Transport(self.url, login, timeout).ask

    def view(self) -> View | Fault:
        """What it shows now."""
        return self._try(self._view)

    def silences(self) -> list[Silence] | Fault:
        """All its silences, those that have expired lately among them."""
        return self._try(self._silences)

    def put_silence(
        self,
        matchers: Sequence[Matcher],
        *,
        starts_at: str,
        ends_at: str,
        created_by: str,
        comment: str,
        id: str | None = None,
    ) -> str | Fault:
        """The id of a silence that is now there: a new one, or the one of `id` with another end.

        With other matchers than it has, that one is expired, and the id is another.
        """
        asked = {
            "matchers": list(matchers),
            "startsAt": starts_at,
            "endsAt": ends_at,
            "createdBy": created_by,
            "comment": comment,
            **({} if id is None else {"id": id}),
        }
        body = msgspec.json.encode(asked)
        return self._try(lambda: self._decoded(_posted, self._ask("POST", "/silences", body)[0]).id)

    def expire(self, id: str) -> Fault | None:
        """Ends a silence. None also where it had ended."""
        return self._try(lambda: self._expire(id))

    def _expire(self, id: str) -> None:
        self._ask("DELETE", f"/silence/{quote(id, safe='')}")

    def _silences(self) -> list[Silence]:
        found = self._decoded(_silences, self._ask("GET", "/silences")[0])
        for silence in found:
            _check_times(silence.starts_at, silence.updated_at, silence.ends_at)
        return found

    def _view(self) -> View:
        # The status last: a process that began between the two answers is then known to be young.
        alerts = self._decoded(_alerts, self._ask("GET", "/alerts")[0])
        body, date = self._ask("GET", "/status")
        status = self._decoded(_status, body)
        _check_times(status.started)
        started = datetime.fromisoformat(moment(status.started))
        for alert in alerts:
            _check_times(alert.starts_at, alert.updated_at, alert.ends_at)
        known = all(alert.status.muted is not None for alert in alerts)
        return View(
            self.url,
            moment(status.started),
            (date - started).total_seconds(),
            not known and "_time_intervals:" in status.config.original,
            alerts,
        )

    def _try(self, ask: Callable[[], _T]) -> _T | Fault:
        try:
            return ask()
        except Failed as problem:
            return Fault(self.url, str(problem), problem.final)

    def _decoded(self, decoder: "msgspec.json.Decoder[_T]", body: bytes) -> _T:
        try:
            return decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
            raise Failed(f"it answered with something else than Alertmanager's API: {problem}") from None


def peers_of(login: SourceAlertmanager, *, timeout: float = _TIMEOUT) -> tuple[Peer, ...]:
    """Every Alertmanager of a source."""
    return tuple(Peer(url, login, timeout=timeout) for url in login.urls)


def _check_times(*found: str) -> None:
    try:
        for each in found:
            moment(each)
    except ValueError:
        raise Failed("it answered with times that are none") from None
