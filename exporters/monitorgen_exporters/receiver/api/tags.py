"""Tags of versions: whoever has the newest is told so, and nobody overwrites what they have not seen."""

import re
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.episodes.model import Episode

__all__ = ["expected_version", "tag_of", "tagged"]

_TAG = re.compile(r'"([0-9]{1,18})"').fullmatch


def tag_of(episode: Episode) -> str:
    """The ETag of an alert: another after each event, and not for having been seen firing once more."""
    return f'"{episode.changed}"'


def tagged(request: Request, body: bytes, tag: str | None = None) -> Response:
    """The JSON `body` with its tag, that of its bytes unless given; 304 where the asker has it already."""
    tag = tag or f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    asked = _listed(request, "if-none-match")
    if "*" in asked or any(each.removeprefix("W/") == tag for each in asked):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def expected_version(request: Request) -> int | None:
    """The version of an alert that `If-Match` names; None where any will do. Raises Problem."""
    asked = _listed(request, "if-match")
    if not asked or "*" in asked:
        return None
    if len(asked) > 1 or (found := _TAG(asked[0])) is None:
        raise Problem(412, "`If-Match` is to be one ETag of this alert, as it was answered.")
    return int(found[1])


def _listed(request: Request, name: str) -> list[str]:
    return [
        each.strip() for value in request.headers.getlist(name) for each in value.split(",") if each.strip()
    ]
