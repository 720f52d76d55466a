"""HTTP to an anchor: bounded in time and in size, and every way it can go wrong is an AnchorError."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import requests
from urllib3.exceptions import HTTPError

from monitorgen_exporters.audit.anchors.base import AnchorError
from monitorgen_exporters.http_answers import OutOfBounds, read_body, without_password

__all__ = ["Answer", "Endpoint"]

_LIMIT: Final = 64 * 2**20  # a page of 10,000 points of some twenty series, with room


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, whole: status, content type without parameters, body."""

    status: int
    content_type: str
    body: bytes

    def excerpt(self) -> str:
        """The start of the body on one line, for messages."""
        return " ".join(self.body[:400].decode("utf-8", "replace").split())[:200]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server below `url`, and what it takes to be let in.

    The token is read anew for each request, so that it can be rotated. `timeout` bounds, in seconds, each
    wait for the server and the reading of its answer. Redirects are refused: whoever can redirect could have
    an auditor read another place.
    """

    url: str
    bearer_token_file: Path | None = None
    ca_file: Path | None = None
    timeout: float = 30.0

    @property
    def place(self) -> str:
        """The URL without any name and password in it."""
        return without_password(self.url)

    def get_json(self, path: str, query: Iterable[tuple[str, str]]) -> Any:
        """The JSON that GET `path` gives. Raises AnchorError for any status but 200, and for no JSON."""
        answer = self.exchange("GET", path, query=query)
        if answer.status != 200:
            raise AnchorError(f"{self.place}{path} answered {answer.status}: {answer.excerpt()}")
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise AnchorError(f"{self.place}{path} answered with no JSON: {answer.excerpt()}") from None

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        """What POST `path` answers, whatever its status. Raises AnchorError when there is no answer."""
        return self.exchange("POST", path, body=body, headers={"Content-Type": content_type})

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its whole answer. Raises AnchorError when there is none, in time and in bounds."""
        began = time.monotonic()
        try:
            with requests.request(
                method,
                self.url.rstrip("/") + path,
                params=list(query),
                data=body,
                headers={**(headers or {}), **self._authorization()},
                timeout=self.timeout,
                verify=str(self.ca_file) if self.ca_file else True,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(
                    response.status_code,
                    response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    read_body(response, most=_LIMIT, began=began, seconds=self.timeout),
                )
        except OutOfBounds as problem:
            raise AnchorError(f"{self.place} {problem}") from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            raise AnchorError(f"{self.place} cannot be reached: {_reason(problem)}") from problem

    def _authorization(self) -> dict[str, str]:
        if self.bearer_token_file is None:
            return {}
        try:
            token = self.bearer_token_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise AnchorError(f"cannot read the token for {self.place}: {_reason(problem)}") from problem
        return {"Authorization": f"Bearer {token}"}


def _reason(problem: BaseException) -> str:
    """The innermost words: requests wraps them three deep and repeats the URL, maybe with a password."""
    if isinstance(problem, requests.Timeout):
        return "it did not answer in time"
    inner = problem.args[0] if problem.args else problem
    inner = getattr(inner, "reason", inner)
    text = str(inner).rpartition(": ")[2] if isinstance(problem, requests.RequestException) else str(problem)
    return text or type(problem).__name__
