"""`type: webhook`: Alertmanager's JSON, posted to an address of the spec's own."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from monitorgen.model.diagnostic import Code
from monitorgen.model.duration import format_duration
from monitorgen.model.versions import field_since
from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.base import tag
from monitorgen.vocabulary.channels.base import Channel, ChannelContext, Delivery, channel_example, left_out
from monitorgen.vocabulary.fields import AbsoluteUrl, Duration, Text, invalid
from monitorgen.vocabulary.headers import RESERVED, is_header_name, is_header_text, is_secret, without_login
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.secrets import LITERAL_SECRET, Secret, SecretFile

__all__ = ["CODES", "Webhook"]

_HOOK = 'type: webhook, url: "http://127.0.0.1:9/hook"'
_BEARER = "bearer_token: {file: /run/secrets/token}"
_HIDDEN = "type: webhook, url: {file: /run/secrets/hook}"

NOT_POST = Code(
    "MG0626",
    "a webhook with another method than POST",
    "Alertmanager posts, whatever the receiver would like: with any other method the spec would promise "
    "something no server does.",
    bad=channel_example(_HOOK + ", method: PUT"),
    good=channel_example(_HOOK + ", method: POST"),
)
BAD_HEADER = Code(
    "MG0627",
    "a header that cannot be sent",
    "Alertmanager sets some headers itself and refuses or ignores them in its configuration. A name or a "
    "value that HTTP does not allow is taken, and then every notification fails.",
    bad=channel_example(_HOOK + ", headers: {Authorization: Basic b3BzOm9wcw==}"),
    good=channel_example(f"{_HOOK}, {_BEARER}"),
)
BAD_TARGET = Code(
    "MG0628",
    "a webhook address that is not used as it is written",
    "Old Alertmanagers take templates in an address for plain text, where newer ones fill them in.",
    bad=channel_example('type: webhook, url: "http://127.0.0.1:9/{{.Receiver}}"'),
    good=channel_example(_HOOK),
)
NO_FILE = Code(
    "MG0629",
    "a webhook address in a file, for an Alertmanager that cannot read it from there",
    "Without an address there is no webhook: unlike other fields it cannot be left out for the older servers "
    "of the range.",
    bad=channel_example(_HIDDEN),
    good='compatible_with: {alertmanager: ["0.28", "0.33"]}' + channel_example(_HIDDEN),
)
CODES: tuple[Code, ...] = (NOT_POST, BAD_HEADER, BAD_TARGET, NO_FILE)


def _method(value: str) -> str:
    if value != "POST":
        raise invalid(NOT_POST, "Alertmanager sends webhooks by POST only", "remove `method`")
    return value


def _header_name(name: str) -> str:
    if name.lower() == "authorization":
        raise invalid(
            BAD_HEADER,
            "`Authorization` cannot be given as a header",
            "say `bearer_token: {file: ...}` or `basic_auth: {username: ..., password: {file: ...}}`",
        )
    if RESERVED.fullmatch(name):
        raise invalid(BAD_HEADER, f"the header `{name}` is set by Alertmanager itself", "leave it out")
    if not is_header_name(name):
        raise invalid(BAD_HEADER, f"`{name}` is not the name of a header", "letters, digits and `-`")
    return name


def _header_value(value: str) -> str:
    if not is_header_text(value):
        raise invalid(BAD_HEADER, "a header's value has to stand on one line, without control characters")
    return value


def _address(url: str) -> str:
    without_login(url)
    if "{{" in url:
        raise invalid(
            BAD_TARGET,
            "the address of a webhook cannot hold a template",
            "the receiver finds all labels in the body; or make a channel for every address",
        )
    return url


def _by_shape(value: Any) -> str:
    return tag("file" if isinstance(value, dict | SecretFile) else "text")


_File = Annotated[Secret, Tag(tag("file"))]
Method = Annotated[Text, AfterValidator(_method)]
HeaderName = Annotated[Text, AfterValidator(_header_name)]
HeaderValue = Annotated[
    Annotated[Text, AfterValidator(_header_value), Tag(tag("text"))] | _File, Discriminator(_by_shape)
]
Address = Annotated[
    Annotated[AbsoluteUrl, AfterValidator(_address), Tag(tag("text"))] | _File, Discriminator(_by_shape)
]


class Webhook(Access, Channel):
    """A POST of Alertmanager's own JSON to an address of the spec's own."""

    type: Literal["webhook"]
    url: Address
    """Where to post; `{file: ...}` where the address itself is a secret."""
    method: Method = "POST"
    """POST, as Alertmanager knows no other."""
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Further headers; a value that is a secret is given as `{file: ...}`."""
    timeout: Duration | None = None
    """How long one attempt may take; without it, as long as the route's `group_interval`."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """One `webhook_configs` entry."""
        problems = [*self._secret_headers()]
        # A redirect would turn the POST into a GET without a body, and its 200 would count as delivered.
        http: dict[str, Any] = {"follow_redirects": False, **self.client_settings()}
        config: dict[str, Any] = {}
        if isinstance(self.url, str):
            config["url"] = self.url
        else:
            config["url_file"] = self.url.file
            problems += self._url_file_problem(context)
        if self.headers:
            if problem := left_out(context, "headers", "receivers.webhook_configs.http_config.http_headers"):
                problems.append(problem)
            else:
                http["http_headers"] = {name: _header(value) for name, value in self.headers.items()}
        if self.timeout is not None:
            if problem := left_out(context, "timeout", "receivers.webhook_configs.timeout"):
                problems.append(problem)
            else:
                config["timeout"] = format_duration(self.timeout)
        return Delivery(
            (self.integration("webhook_configs", {**config, "http_config": http}),), tuple(problems)
        )

    def _url_file_problem(self, context: ChannelContext) -> Iterator[Problem]:
        since = field_since("alertmanager", "receivers.webhook_configs.url_file")
        if lacking := since.lacking(context.alertmanager):
            yield Problem(
                NO_FILE,
                "url",
                f"Alertmanager {' and '.join(map(str, lacking))} cannot read the address from a file",
                f"write the address itself, or start `compatible_with.alertmanager` at {since.since}",
            )

    def _secret_headers(self) -> Iterator[Problem]:
        for name, value in self.headers.items():
            if isinstance(value, str) and is_secret(name):
                yield Problem(
                    LITERAL_SECRET,
                    "headers",
                    f"the header `{name}` carries a secret, which must not be written into the spec",
                    f"write `{name}: {{file: /path/to/it}}`",
                )


def _header(value: str | SecretFile) -> dict[str, list[str]]:
    return {"values": [value]} if isinstance(value, str) else {"files": [value.file]}
