"""What all who ask another server need: its answer within bounds, and its URL as it may be shown."""

import time

import requests

__all__ = ["OutOfBounds", "read_body", "without_password"]


class OutOfBounds(Exception):  # noqa: N818 (says what the answer is)
    """The answer is too long, or comes too slowly; the text goes on from the name of who gave it."""


def read_body(response: requests.Response, *, most: int, began: float, seconds: float) -> bytes:
    """The whole body of an answer that was asked for with `stream=True`.

    `most` are bytes, `began` is the time of the monotonic clock from which it has `seconds` to arrive. Raises
    OutOfBounds, and what requests and urllib3 raise of a connection that breaks.
    """
    parts: list[bytes] = []
    size = 0
    # read1 gives what there is; other ways to read wait for a whole piece, however slowly it comes.
    while part := response.raw.read1(1 << 18, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > most:
            raise OutOfBounds(f"answered with more than {most >> 20} MiB")
        if time.monotonic() > began + seconds:
            raise OutOfBounds(f"did not finish its answer within {seconds:g} s")
    return b"".join(parts)


def without_password(url: str) -> str:
    """The URL without the name and password that may stand in it; a text that is no URL as it is."""
    scheme, separator, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2] if separator else host}{slash}{path}"
