"""`type: webhook`: Alertmanager's JSON, posted to an address of your own."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Tag

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.base import Model, tag
from monitorgen.vocabulary.channels.base import (
    CHANNEL,
    INCOMPLETE,
    Channel,
    ChannelContext,
    Delivery,
    left_out,
)
from monitorgen.vocabulary.fields import AbsoluteUrl, Duration, Text, example, invalid
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.secrets import LITERAL_SECRET, Secret, SecretFile

__all__ = ["CODES", "Webhook"]
CODES: tuple[Code, ...] = ()


class Login(Model):
    """A user name and a password by reference."""

    username: Text
    password: Secret


def _kind(value: Any) -> str:
    return tag("file") if isinstance(value, dict | SecretFile) else tag("text")


Header = Annotated[
    Annotated[Text, Tag(tag("text"))] | Annotated[Secret, Tag(tag("file"))], Discriminator(_kind)
]
Url = Annotated[
    Annotated[AbsoluteUrl, Tag(tag("text"))] | Annotated[Secret, Tag(tag("file"))],
    Discriminator(_kind),
]


class Webhook(Channel):
    """A POST of Alertmanager's own JSON to an address of your own."""

    type: Literal["webhook"]
    url: Url
    """Where to post; `{file: ...}` where the address is a secret."""
    method: Text = "POST"
    """Alertmanager always posts."""
    headers: dict[Text, Header] = {}
    """Further headers; `{file: ...}` where the value is a secret."""
    timeout: Duration | None = None
    """How long one attempt may take."""
    bearer_token: Secret | None = None
    """Sent as `Authorization: Bearer ...`."""
    basic_auth: Login | None = None
    """Sent as `Authorization: Basic ...`."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """One `webhook_configs` entry."""
        http: dict[str, Any] = {"follow_redirects": False}
        config = {"url": self.url if isinstance(self.url, str) else None, "http_config": http}
        return Delivery((self.integration("webhook_configs", config),))
