"""Answers that say what is wrong: RFC 9457's problem details, in words for the person who reads them."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.audit.store.errors import Gone

__all__ = ["MEDIA_TYPE", "Fault", "Problem", "ProblemDetails", "answer_of", "answer_with_problems"]

MEDIA_TYPE: Final = "application/problem+json"

_MOST_FAULTS: Final = 20


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="Which part of the request: `query.limit`, `body.why`.")
    what: str = Field(description="What is wrong with it.")


class ProblemDetails(BaseModel):
    """Why a request was not done (RFC 9457)."""

    type: str = Field("about:blank", description="Always `about:blank`: the status says which kind it is.")
    title: str = Field(description="The meaning of the status, in short.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What is wrong here, and how to mend it.")
    errors: list[Fault] = Field([], description="Each fault of the request, where there are several.")


class Problem(HTTPException):
    """An answer that ends a request: its status, and what to tell who asked."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.errors = list(errors)

    @classmethod
    def not_found(cls, what: str) -> "Problem":
        """There is no such thing, as far as who asks may know."""
        return cls(404, f"There is no such {what}.")

    @classmethod
    def too_many(cls, seconds: float) -> "Problem":
        """The credential has asked for too much, for so long."""
        wait = str(math.ceil(seconds))
        return cls(
            429,
            f"This credential has made all the requests of its minute: wait {wait} s.",
            headers={"Retry-After": wait},
        )


def answer_of(problem: Problem) -> Response:
    """The answer that a problem is."""
    return _answer(problem.status_code, problem.detail, problem.headers, problem.errors)


def answer_with_problems(app: FastAPI) -> None:
    """Has every error of `app` answered as a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Exception, _broken)


def _answer(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: Sequence[Fault] = ()
) -> Response:
    details = ProblemDetails(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors)
    )
    body = details.model_dump_json(exclude=None if errors else {"errors"})
    return Response(body, status, dict(headers or {}), MEDIA_TYPE)


_TEXTS: Final = {
    404: "There is nothing at this path: /openapi.json lists what there is.",
    405: "This path does not take that method.",
}


async def _http(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    if isinstance(problem, Problem):
        return answer_of(problem)
    text = _TEXTS.get(problem.status_code, problem.detail)
    return _answer(problem.status_code, text, problem.headers)


async def _invalid(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    faults = [_fault(error) for error in problem.errors()[:_MOST_FAULTS]]
    detail = "; ".join(f"{fault.where}: {fault.what}" for fault in faults[:3])
    return _answer(422, f"The request does not fit: {detail}", errors=faults)


def _fault(error: Mapping[str, Any]) -> Fault:
    # The names come from the request where it has some that are not known.
    where = ".".join(str(part)[:60] for part in error["loc"])[:300]
    return Fault(where=where.encode(errors="replace").decode(), what=str(error["msg"])[:300])


async def _store(_: Request, problem: Exception) -> Response:
    if isinstance(problem, Gone):
        text = "The database went away meanwhile. What was asked may have been done: look first."
    else:
        text = "The database cannot be used at present, and nothing was done: try again."
    return _answer(503, text, {"Retry-After": "5"})


async def _broken(_: Request, __: Exception) -> Response:
    return _answer(500, "The receiver failed at this; its log says why.")
