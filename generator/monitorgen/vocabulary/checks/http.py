"""`type: http`: a request, and what its answer must be like."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.checks.base import Check, Probing
from monitorgen.vocabulary.checks.scalars import Status
from monitorgen.vocabulary.fields import BAD_SCALAR, Boolean, Text, invalid
from monitorgen.vocabulary.headers import Headers, OpenUrl
from monitorgen.vocabulary.one_or_more import ONE_OR_MORE
from monitorgen.vocabulary.re2 import literal

__all__ = ["Http"]


def _some(text: str) -> str:
    if text:
        return text
    raise invalid(BAD_SCALAR, "an empty text is in every answer", "say what to look for, or leave it out")


Content = Annotated[
    Text,
    AfterValidator(_some),
    WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1}),
]
"""A text to look for."""


class Http(Check, Access):
    """Fails when the request gets no answer, or one with another status or other content than expected."""

    type: Literal["http"]
    url: OpenUrl
    """What to ask for."""
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    """How to ask."""
    headers: Headers = Field(default_factory=dict)
    """Headers to send."""
    body: Text = ""
    """The body to send, as it stands."""
    follow_redirects: Boolean = True
    """`false` judges the first answer, even one that sends elsewhere."""
    expected_status: Annotated[list[Status], ONE_OR_MORE] = Field(default_factory=list)
    """The status, or a list of them, that counts as success. Without it, any from 200 to 299."""
    expected_content: Annotated[list[Content], ONE_OR_MORE] = Field(default_factory=list)
    """Text the answer must hold, letter for letter; of a list, every one."""
    forbidden_content: Annotated[list[Content], ONE_OR_MORE] = Field(default_factory=list)
    """Text the answer must not hold; of a list, none."""

    def probing(self) -> Probing:
        """The URL, and a module of the http prober."""
        settings: dict[str, Any] = self.ip_settings()
        if self.method != "GET":
            settings["method"] = self.method
        if self.headers:
            settings["headers"] = dict(sorted(self.headers.items()))
        if self.body:
            settings["body"] = self.body
        if not self.follow_redirects:
            settings["follow_redirects"] = False
        if self.expected_status:
            settings["valid_status_codes"] = sorted(set(self.expected_status))
        if self.expected_content:
            wanted = [literal(text) for text in self.expected_content]
            settings["fail_if_body_not_matches_regexp"] = wanted
        if self.forbidden_content:
            unwanted = [literal(text) for text in self.forbidden_content]
            settings["fail_if_body_matches_regexp"] = unwanted
        return Probing(self.url, "http", {"http": settings | self.client_settings()})
