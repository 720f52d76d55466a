"""`type: dns`: a question to a name server, and what the answer must be."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.vocabulary.checks.base import Check, Probing
from monitorgen.vocabulary.checks.scalars import Host, host_port
from monitorgen.vocabulary.fields import BAD_SCALAR, Boolean, Port, Text, Texts, invalid
from monitorgen.vocabulary.re2 import literal

__all__ = ["Dns"]

_NAMES = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})
_QUERY_NAME = re.compile(r"\S{1,254}")


def _some_name(value: str) -> str:
    if _QUERY_NAME.fullmatch(value):
        return value
    raise invalid(BAD_SCALAR, f"`{value}` is not a name to ask for", "such as shop.acme.example, or `.`")


QueryName = Annotated[
    Text,
    AfterValidator(_some_name),
    WithJsonSchema({"type": ["string", "number", "boolean"], "pattern": f"^{_QUERY_NAME.pattern}$"}),
]
"""A name in DNS, of one character at least: blackbox_exporter refuses to start with an empty one."""


class Dns(Check):
    """Fails when the server does not answer, or answers otherwise than expected."""

    type: Literal["dns"]
    server: Host
    """The name server to ask."""
    port: Port = 53
    """The port it listens on."""
    transport: Literal["udp", "tcp"] = "udp"
    """How to reach it."""
    query_name: QueryName
    """The name to ask for."""
    query_type: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] = "A"
    """The kind of record to ask for."""
    recursion: Boolean = True
    """Whether the server may ask others; `false` asks what it knows itself."""
    expected_rcode: Literal["NOERROR", "NXDOMAIN", "REFUSED", "SERVFAIL"] = "NOERROR"
    """The response code that counts as success."""
    expected_answers: Texts = Field(default_factory=list)
    """Records that may come back, as a zone file writes their data (`10.0.0.1`, `10 mail.acme.example`).

    With it there must be a record of the type asked for, and each must be one of these. Without it an
    empty answer is a success too.
    """

    def probing(self) -> Probing:
        """The server, and a module of the dns prober."""
        settings: dict[str, Any] = {
            "query_name": self.query_name,
            "query_type": self.query_type,
            **self.ip_settings(),
        }
        if self.transport != "udp":
            settings["transport_protocol"] = self.transport
        if not self.recursion:
            settings["recursion_desired"] = False
        if self.expected_rcode != "NOERROR":
            settings["valid_rcodes"] = [self.expected_rcode]
        if self.expected_answers:
            settings["validate_answer_rrs"] = self._validation()
        return Probing(host_port(self.server, self.port), "dns", {"dns": settings})

    def _validation(self) -> dict[str, list[str]]:
        # Records are matched as the zone file's line: name, TTL, class, type and data between tabs. The
        # CNAMEs on the way to the answer are not the answer.
        data = "|".join(_data(text, self.query_type) for text in self.expected_answers)
        wanted = rf"\t{self.query_type}\t(?:{data})$"
        each = wanted if self.query_type == "CNAME" else rf"{wanted}|\tCNAME\t"
        return {"fail_if_not_matches_regexp": [each], "fail_if_none_matches_regexp": [wanted]}


def _data(text: str, query_type: str) -> str:
    """The pattern of one record's data, with the dots and quotes that people leave out."""
    if query_type == "TXT":
        return f'"?{literal(text)}"?'
    return literal(text.removesuffix(".")) + r"\.?" if query_type in _NAMES else literal(text)
