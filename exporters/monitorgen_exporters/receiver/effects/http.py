"""The kind of effect `http`: a signed POST that tells another system of an event."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from urllib3.exceptions import HTTPError

from monitorgen.vocabulary.receiver_effects import ReceiverNotification
from monitorgen.vocabulary.secrets import SecretEnv, SecretFile
from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedSecret
from monitorgen_exporters.receiver.effects.bounded_http import Exchange, exchange, session, trusted
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Outcome
from monitorgen_exporters.receiver.effects.redaction import Redactor
from monitorgen_exporters.receiver.effects.signature import SIGNATURE, TIMESTAMP, sign

__all__ = ["IDEMPOTENCY_KEY", "KIND", "LONGEST_ANSWER", "Http", "retry_after"]

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
"""The header with the effect's id: the same in every attempt."""

LONGEST_ANSWER: Final = 1 << 16
"""Bytes of an answer that are read; what is beyond is not waited for."""

_KEPT: Final = 2000
_TRY_AGAIN: Final = frozenset((408, 425, 429))
_LONGEST_WAIT: Final = 86400.0
_MARGIN: Final = 30.0
_NO_ADDRESS: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    UnicodeError,
)


class Http:
    """Posts `effect.request["event"]` as JSON to the notification that `effect.name` names."""

    name = "http"

    def perform(self, effect: Effect, settings: EffectSettings) -> Outcome:
        """One request, within the notification's `timeout`, and what its answer means.

        2xx is done. 408, 425, 429, 5xx and whatever keeps an answer from coming may go better later. Anything
        else will not: redirects are not followed, as they would take a signed event to another place.
        """
        notification = settings.notifications.get(effect.name)
        if notification is None:
            return Outcome("failed", f"the settings have no notification `{effect.name}` any more")
        try:
            url = notification.url if isinstance(notification.url, str) else _read_secret(notification.url)
            secret = None if notification.secret is None else _read_secret(notification.secret)
        except Unreadable as problem:
            return Outcome("retry", str(problem))
        redactor = Redactor.of((*_secret_parts(url, notification), *((secret,) if secret else ())))
        place: dict[str, Json] = {"place": redactor.line(_place(url), 300)}
        with exchange(notification.timeout) as current:
            began = time.monotonic()
            try:
                outcome = _exchanged(url, secret, effect, notification.timeout, redactor)
            except _NO_ADDRESS as problem:
                # The message may repeat any part of the address, which cannot be told apart in such a one.
                said = f": {redactor.line(str(problem), 200)}" if isinstance(notification.url, str) else ""
                return Outcome("failed", f"the notification has no address to post to{said}", place)
            except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as problem:
                outcome = _unanswered(problem, current, notification, redactor)
            took = round((time.monotonic() - began) * 1000)
        return Outcome(
            outcome.state,
            outcome.why,
            {**place, **outcome.result, "milliseconds": took},
            outcome.retry_after,
        )

    def longest(self, effect: Effect, settings: EffectSettings) -> float:
        """The notification's `timeout`, and time to look up a name."""
        notification = settings.notifications.get(effect.name)
        return _MARGIN + (notification.timeout if notification else 0.0)

    def idempotent(self, effect: Effect, settings: EffectSettings) -> bool:
        """Whether the other side is said to know a request again."""
        notification = settings.notifications.get(effect.name)
        return notification is not None and notification.idempotent

    def verify(self, effect: Effect, settings: EffectSettings) -> bool | None:  # noqa: ARG002
        """None: the other side is not asked what it was told."""
        return None


KIND: Final = Http()


def _read_secret(reference: SecretFile | SecretEnv) -> str:
    """The secret as it is now. Raises Unreadable."""
    watched = WatchedSecret(reference)
    try:
        return watched.read().decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{watched.place} is not in UTF-8") from None


def _exchanged(url: str, secret: str | None, effect: Effect, timeout: float, redactor: Redactor) -> Outcome:
    # The same bytes in every attempt, so that the other side may compare them.
    body = orjson.dumps(effect.request.get("event"), option=orjson.OPT_SORT_KEYS)
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "monitorgen-receiver",
        IDEMPOTENCY_KEY: effect.id,
    }
    timestamp = int(time.time())
    headers[TIMESTAMP] = str(timestamp)
    if secret is not None:
        headers[SIGNATURE] = sign(secret.encode(), timestamp, body)
    with session().post(
        url,
        data=body,
        headers=headers,
        timeout=timeout,
        verify=trusted(),
        allow_redirects=False,
        stream=True,
    ) as response:
        answer = redactor.text(_read(response).decode("utf-8", "backslashreplace"), _KEPT)
        return _meaning(response, answer, redactor)


def _read(response: requests.Response) -> bytes:
    """The start of the answer's body. That it breaks off changes nothing: the status says what was done."""
    parts: list[bytes] = []
    left = LONGEST_ANSWER
    try:
        while left > 0 and (part := response.raw.read1(left, decode_content=False)):
            parts.append(part)
            left -= len(part)
    except (HTTPError, HTTPException, OSError, ValueError):
        pass
    return b"".join(parts)


def _meaning(response: requests.Response, answer: str, redactor: Redactor) -> Outcome:
    status = response.status_code
    result: dict[str, Json] = {"status": status, "answer": answer}
    if 200 <= status < 300:
        return Outcome("done", "", result)
    said = redactor.line(answer, 200)
    why = f"it answered {status}{f': {said}' if said else ''}"
    if status in _TRY_AGAIN or 500 <= status < 600:
        return Outcome("retry", why, result, retry_after(response.headers.get("Retry-After", "")))
    if 300 <= status < 400:
        to = _place(response.headers.get("Location", ""))
        why = f"it answered {status}, to redirect to {redactor.line(to, 200)}, which is not followed"
    return Outcome("failed", why, result)


def _unanswered(
    problem: Exception, current: Exchange, notification: ReceiverNotification, redactor: Redactor
) -> Outcome:
    """No answer: to be sent again, unless it may have arrived and must not arrive twice."""
    if current.late or isinstance(problem, requests.Timeout):
        why = f"no answer within {notification.timeout:g} s"
    else:
        why = f"no answer: {redactor.line(_reason(problem), 200)}"
    if current.sent and not notification.idempotent:
        return Outcome("unknown", f"{why}; it may have arrived")
    return Outcome("retry", why)


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` asks for, a number or a date, a day at most; None for neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return min(max(0.0, (then - (now or datetime.now(UTC))).total_seconds()), _LONGEST_WAIT)


def _place(url: str) -> str:
    """The server's name and port, which is all of an address that is surely no secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "an address that is none"
    if not parts.hostname:
        return "a place of its own"
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"


def _secret_parts(url: str, notification: ReceiverNotification) -> tuple[str, ...]:
    """What of the address must not be repeated: all but the server, where the address is a secret."""
    if isinstance(notification.url, str):
        return ()
    whole = url.partition("://")[2]
    login, _at, rest = whole.rpartition("@")
    path = rest.partition("/")[2]
    return (url, *login.split(":", 1), path, *path.replace("?", "/").replace("&", "/").split("/"))


def _reason(problem: Any) -> str:
    """The innermost words: requests wraps them three deep, and repeats the address."""
    inner = problem
    while (deeper := _inside(inner)) is not None:
        inner = deeper
    text = (
        str(inner) if isinstance(inner, OSError) and not isinstance(inner, requests.RequestException) else ""
    )
    return text or str(inner).rpartition(": ")[2] or type(inner).__name__


def _inside(problem: Any) -> BaseException | None:
    candidates = (getattr(problem, "reason", None), *getattr(problem, "args", ()))
    return next((one for one in candidates if isinstance(one, BaseException)), None)
