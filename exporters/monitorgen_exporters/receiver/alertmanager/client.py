"""The API (v2) of one Alertmanager: alerts, status and silences, bounded in time and size.

Source: `api/v2/openapi.yaml` of Alertmanager 0.25 to 0.34. Whatever goes wrong is a `Fault`, a value with
words for people; nothing here raises. A `Peer` is used by one thread at a time.
"""

import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from monitorgen.vocabulary.receiver_sources import SourceAlertmanager
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedSecret
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher
from monitorgen_exporters.receiver.payload import moment

__all__ = ["Fault", "Muting", "Named", "Peer", "ShownAlert", "Silence", "View", "peers_of"]

_LONGEST: Final = 256 << 20  # bytes of an answer; one of 10,000 alerts has 5 MiB
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


class Named(msgspec.Struct):
    """A receiver."""

    name: str


class Muting(msgspec.Struct):
    """What keeps Alertmanager from telling of an alert."""

    silenced: list[str] = msgspec.field(name="silencedBy", default_factory=list)
    inhibited: list[str] = msgspec.field(name="inhibitedBy", default_factory=list)
    muted: list[str] | None = msgspec.field(name="mutedBy", default=None)
    """Time intervals; None from an Alertmanager that does not tell of them (before 0.28)."""


class ShownAlert(msgspec.Struct, gc=False):
    """An alert that Alertmanager shows; it shows none whose `endsAt` is past."""

    labels: dict[str, str]
    starts_at: str = msgspec.field(name="startsAt")
    updated_at: str = msgspec.field(name="updatedAt")
    """When it was last sent to that Alertmanager, by its own clock."""
    ends_at: str = msgspec.field(name="endsAt")
    receivers: list[Named]
    status: Muting
    annotations: dict[str, str] = {}
    generator_url: str = msgspec.field(name="generatorURL", default="")


class _Config(msgspec.Struct):
    original: str = ""


class _Status(msgspec.Struct):
    started: str = msgspec.field(name="uptime")
    config: _Config = msgspec.field(default_factory=_Config)


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


class _SilenceStatus(msgspec.Struct):
    state: Literal["active", "pending", "expired"]


class Silence(msgspec.Struct):
    """A silence as Alertmanager has it."""

    id: str
    status: _SilenceStatus
    updated_at: str = msgspec.field(name="updatedAt")
    starts_at: str = msgspec.field(name="startsAt")
    ends_at: str = msgspec.field(name="endsAt")
    matchers: list[Matcher]
    created_by: str = msgspec.field(name="createdBy", default="")
    comment: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it mutes, or is going to."""
        return self.status.state != "expired"


class _Posted(msgspec.Struct):
    id: str = msgspec.field(name="silenceID")


_alerts = msgspec.json.Decoder(list[ShownAlert])
_status = msgspec.json.Decoder(_Status)
_silences = msgspec.json.Decoder(list[Silence])
_posted = msgspec.json.Decoder(_Posted)


class _Failed(Exception):  # noqa: N818 - becomes a Fault
    """Why a request came to nothing."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Peer:
    """One Alertmanager of a cluster, at `url`."""

    def __init__(self, url: str, login: SourceAlertmanager, *, timeout: float = _TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._tls = login.tls
        self._username = login.username
        reference = login.token or login.password
        self._secret = None if reference is None else WatchedSecret(reference)

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
        except _Failed as problem:
            return Fault(self.url, str(problem), problem.final)
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            return Fault(self.url, _words(problem))

    def _decoded(self, decoder: "msgspec.json.Decoder[_T]", body: bytes) -> _T:
        try:
            return decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
            raise _Failed(f"it answered with something else than Alertmanager's API: {problem}") from None

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, datetime]:
        """The body of a good answer, and the time it was given; raises _Failed and what requests raises."""
        deadline = time.monotonic() + self._timeout
        with requests.Session() as session:
            session.trust_env = False  # neither proxies nor logins that the settings do not name
            self._let_in(session)
            with session.request(
                method,
                f"{self.url}/api/v2{path}",
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = _read(response, deadline, self._timeout)
                if 300 <= response.status_code < 400:
                    raise _Failed(f"it answered {response.status_code}, and redirects are not followed")
                if response.status_code != 200:
                    said = f"it answered {response.status_code}: {_excerpt(answer)}"
                    raise _Failed(said, final=response.status_code == 400)
                return answer, _date(response)

    def _let_in(self, session: requests.Session) -> None:
        secret = b""
        if self._secret is not None:
            try:
                secret = self._secret.read()
            except Unreadable as problem:
                raise _Failed(str(problem)) from None
        if self._username is not None:
            login = b64encode(self._username.encode() + b":" + secret)
            session.headers["Authorization"] = b"Basic " + login
        elif self._secret is not None:
            if not secret.isascii() or not secret.decode().isprintable():
                raise _Failed(f"{self._secret.place} holds characters that no token has")
            session.headers["Authorization"] = b"Bearer " + secret
        if (tls := self._tls) is not None:
            session.verify = False if tls.insecure_skip_verify else (tls.ca_file or True)
            if tls.cert_file is not None and tls.key_file is not None:
                session.cert = (tls.cert_file, tls.key_file)
            if tls.server_name is not None:
                session.mount("https://", _OtherName(tls.server_name))


def peers_of(login: SourceAlertmanager, *, timeout: float = _TIMEOUT) -> tuple[Peer, ...]:
    """Every Alertmanager of a source."""
    return tuple(Peer(url, login, timeout=timeout) for url in login.urls)


class _OtherName(HTTPAdapter):
    """Connects to servers whose certificate is for another name than the one connected to."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(
            *arguments, **options, server_hostname=self._name, assert_hostname=self._name
        )


def _read(response: requests.Response, deadline: float, timeout: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    # read1 gives what there is; other ways to read wait for a whole piece, however slowly it comes.
    while part := response.raw.read1(1 << 18, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _LONGEST:
            raise _Failed(f"it answered with more than {_LONGEST >> 20} MiB")
        if time.monotonic() > deadline:
            raise _Failed(f"it did not finish its answer within {timeout:g} s")
    return b"".join(parts)


def _check_times(*found: str) -> None:
    try:
        for each in found:
            moment(each)
    except ValueError:
        raise _Failed("it answered with times that are none") from None


def _date(response: requests.Response) -> datetime:
    """When the answer was given, by the clock of the one who gave it where that says so."""
    try:
        found = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _excerpt(body: bytes) -> str:
    return " ".join(body[:400].decode("utf-8", "replace").split())[:200] or "without a word"


def _words(problem: BaseException) -> str:
    """Why there was no answer. What requests says quotes headers and is wrapped three deep."""
    if isinstance(problem, requests.Timeout):
        return "it did not answer in time"
    if isinstance(problem, requests.exceptions.SSLError):
        return "no trust over TLS: look at its certificate and at `tls:` of the source"
    inner: BaseException | None = problem
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return f"it cannot be reached: {inner.strerror}"
        reason = getattr(inner, "reason", None)
        inner = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
    return "it cannot be reached"
