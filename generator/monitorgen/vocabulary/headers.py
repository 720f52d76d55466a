"""HTTP headers and addresses that are written out in a server's configuration, and so must hold no secret."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from monitorgen.vocabulary.fields import BAD_SCALAR, AbsoluteUrl, Text, invalid
from monitorgen.vocabulary.secrets import LITERAL_SECRET

__all__ = [
    "RESERVED",
    "HeaderName",
    "HeaderText",
    "Headers",
    "OpenUrl",
    "PrometheusHeaders",
    "is_header_name",
    "is_header_text",
    "is_secret",
    "without_login",
]

RESERVED: Final = re.compile(
    r"authorization|host|content-(?:encoding|length|type)|user-agent|connection|keep-alive|accept-encoding|"
    r"(?:proxy|www)-authenticate|proxy-authorization|x-prometheus-remote-(?:write|read)-version|"
    r"x-prometheus-scrape-timeout-seconds|x-amz-(?:date|security-token|content-sha256)|"
    r"transfer-encoding|trailer",
    re.IGNORECASE,
)
"""Headers that Prometheus and Alertmanager set themselves: those in prometheus/common config/headers.go, and
the two that Go's client leaves out of what it writes."""

_SECRET: Final = re.compile(
    r"(?:^|-)(?:api-?key|auth|authorization|cookie|password|secret|signature|token)$", re.IGNORECASE
)


_NAME: Final = re.compile(r"[!#$%&'+*.^_`|~0-9A-Za-z-]+")
_TEXT: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def is_header_name(name: str) -> bool:
    """Whether HTTP allows the name; Go's client sends no request with any other."""
    return _NAME.fullmatch(name) is not None


def is_header_text(text: str) -> bool:
    """Whether HTTP allows the value: it stands on one line, without control characters."""
    return _TEXT.fullmatch(text) is not None


def is_secret(name: str) -> bool:
    """Whether a header of this name carries what gives access."""
    return _SECRET.search(name) is not None


def without_login(url: str) -> str:
    """`url`, unless it holds a user name or a password."""
    if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise invalid(LITERAL_SECRET, "the address holds a user name or a password", "say `basic_auth:`")
    return url


def _open(name: str) -> str:
    if name.lower() == "authorization":
        raise invalid(
            LITERAL_SECRET,
            f"`{name}` carries a secret, which must not be written into the spec",
            "say `bearer_token: {file: ...}` or `basic_auth: {username: ..., password: {file: ...}}`",
        )
    if is_secret(name):
        raise invalid(
            LITERAL_SECRET,
            f"the header `{name}` carries a secret, which must not be written into the spec",
            "servers take headers from their configuration alone: ask where none is needed, or have a proxy "
            "add it",
        )
    return name


def _not_reserved(name: str) -> str:
    if RESERVED.fullmatch(name):
        raise invalid(BAD_SCALAR, f"the header `{name}` is set by Prometheus itself", "leave it out")
    return name


def _header_name(name: str) -> str:
    if is_header_name(name):
        return name
    raise invalid(BAD_SCALAR, f"`{name}` is not the name of a header", "letters, digits and `-`")


def _header_text(text: str) -> str:
    if is_header_text(text):
        return text
    raise invalid(
        BAD_SCALAR,
        "a header's value has to stand on one line, without control characters",
        "fold it with `>-`",
    )


HeaderName = Annotated[
    Text,
    AfterValidator(_open),
    AfterValidator(_header_name),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"}),
]
"""The name of a header that holds no secret."""

HeaderText = Annotated[
    Text,
    AfterValidator(_header_text),
    WithJsonSchema({"type": ["string", "number", "boolean"], "pattern": f"^{_TEXT.pattern}$"}),
]
"""The value of a header."""

Headers = dict[HeaderName, HeaderText]
"""Headers to send, none of them secret."""

PrometheusHeaders = dict[Annotated[HeaderName, AfterValidator(_not_reserved)], HeaderText]
"""The same, for requests of Prometheus itself."""

OpenUrl = Annotated[AbsoluteUrl, AfterValidator(without_login)]
"""A URL without a user name or a password in it."""
