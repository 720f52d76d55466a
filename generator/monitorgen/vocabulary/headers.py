"""HTTP headers and addresses that are written out in a server's configuration, and so must hold no secret."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from monitorgen.vocabulary.fields import BAD_SCALAR, AbsoluteUrl, Text, invalid
from monitorgen.vocabulary.secrets import LITERAL_SECRET

__all__ = ["RESERVED", "Headers", "OpenUrl", "PrometheusHeaders", "is_secret", "without_login"]

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


Headers = dict[Annotated[Text, AfterValidator(_open)], Text]
"""Headers to send, none of them secret."""

PrometheusHeaders = dict[Annotated[Text, AfterValidator(_open), AfterValidator(_not_reserved)], Text]
"""The same, for requests of Prometheus itself."""

OpenUrl = Annotated[AbsoluteUrl, AfterValidator(without_login)]
"""A URL without a user name or a password in it."""
