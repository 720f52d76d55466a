"""Tags of versions: whoever has the newest is told so, and nobody overwrites what they have not seen."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.episodes.model import Episode

__all__ = ["check_match", "tag_of", "tagged"]


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


def check_match(request: Request, episode: Episode) -> None:
    """Raises Problem where the request is for another version of an alert than there is."""
    asked = _listed(request, "if-match")
    if asked and "*" not in asked and tag_of(episode) not in asked:
        raise Problem(412, "The alert has changed since: read it again, and decide anew.")


def _listed(request: Request, name: str) -> list[str]:
    return [
        each.strip() for value in request.headers.getlist(name) for each in value.split(",") if each.strip()
    ]
