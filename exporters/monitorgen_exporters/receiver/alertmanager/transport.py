"""Requests of one Alertmanager: bounded in time and size, with the login of the settings and no other."""

import time
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from monitorgen.vocabulary.receiver_sources import SourceAlertmanager
from monitorgen_exporters.http_answers import OutOfBounds, read_body
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedSecret
from monitorgen_exporters.receiver.work import line

__all__ = ["Failed", "Transport"]

_LONGEST: Final = 256 << 20  # bytes of an answer; one of 10,000 alerts has 5 MiB


class Failed(Exception):  # noqa: N818 - becomes a Fault
    """Why a request came to nothing."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Transport:
    """The way to the Alertmanager at `url`; used by one thread at a time."""

    def __init__(self, url: str, login: SourceAlertmanager, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._tls = login.tls
        self._username = login.username
        reference = login.token or login.password
        self._secret = None if reference is None else WatchedSecret(reference)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, datetime]:
        """The body of a good answer, and the time it was given. Raises Failed."""
        try:
            return self._ask(method, path, body)
        except OutOfBounds as problem:
            raise Failed(f"it {problem}") from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            raise Failed(_words(problem)) from None

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, datetime]:
        began = time.monotonic()
        with requests.Session() as session:
            session.trust_env = False  # neither proxies nor logins that the settings do not name
            self._let_in(session)
            with session.request(
                method,
                f"{self._url}/api/v2{path}",
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = read_body(response, most=_LONGEST, began=began, seconds=self._timeout)
                if 300 <= response.status_code < 400:
                    raise Failed(f"it answered {response.status_code}, and redirects are not followed")
                if response.status_code != 200:
                    said = f"it answered {response.status_code}: {_excerpt(answer)}"
                    raise Failed(said, final=response.status_code == 400)
                return answer, _date(response)

    def _let_in(self, session: requests.Session) -> None:
        secret = b""
        if self._secret is not None:
            try:
                secret = self._secret.read()
            except Unreadable as problem:
                raise Failed(str(problem)) from None
        if self._username is not None:
            login = b64encode(self._username.encode() + b":" + secret)
            session.headers["Authorization"] = b"Basic " + login
        elif self._secret is not None:
            if not secret.isascii() or not secret.decode().isprintable():
                raise Failed(f"{self._secret.place} holds characters that no token has")
            session.headers["Authorization"] = b"Bearer " + secret
        if (tls := self._tls) is not None:
            session.verify = False if tls.insecure_skip_verify else (tls.ca_file or True)
            if tls.cert_file is not None and tls.key_file is not None:
                session.cert = (tls.cert_file, tls.key_file)
            if tls.server_name is not None:
                session.mount("https://", _OtherName(tls.server_name))


class _OtherName(HTTPAdapter):
    """Connects to servers whose certificate is for another name than the one connected to."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(
            *arguments, **options, server_hostname=self._name, assert_hostname=self._name
        )


def _date(response: requests.Response) -> datetime:
    """When the answer was given, by the clock of the one who gave it where that says so."""
    try:
        found = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _excerpt(body: bytes) -> str:
    return line(" ".join(body[:400].decode("utf-8", "replace").split())[:200]) or "without a word"


def _words(problem: BaseException) -> str:
    """Why there was no answer. What requests says quotes headers and is wrapped three deep."""
    if isinstance(problem, requests.Timeout):
        return "it did not answer in time"
    if isinstance(problem, requests.exceptions.SSLError):
        return "no trust over TLS: look at its certificate and at `tls:` of the source"
    if isinstance(problem, OSError) and not isinstance(problem, requests.RequestException):
        return str(problem)  # of the files that `tls:` names, before anybody is asked
    inner: BaseException | None = problem
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return f"it cannot be reached: {inner.strerror}"
        reason = getattr(inner, "reason", None)
        inner = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
    return "it cannot be reached"
