"""`type: email`: a mail, in HTML with a plain text alternative."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.channels.base import INCOMPLETE, Channel, ChannelContext, Delivery, channel_example
from monitorgen.vocabulary.channels.templated import TemplateText
from monitorgen.vocabulary.fields import Boolean, Port, Text, invalid
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.secrets import Secret

__all__ = ["CODES", "Email"]

_MAIL = (
    "type: email, smtp_server: mail.acme.example, from_email: a@acme.example, recipients: [b@acme.example]"
)

BAD_ADDRESS = Code(
    "MG0622",
    "not a mail address",
    "Alertmanager reads the address only when it sends the mail: a typo would be found out by the first "
    "alert that nobody gets.",
    bad=channel_example(_MAIL.replace("b@acme.example", "ops-team")),
    good=channel_example(_MAIL),
)
SAME_HEADER = Code(
    "MG0623",
    "a mail header given twice",
    "A mail has one header of a name, whatever its case, and Alertmanager refuses to start with two. The "
    "subject has a field of its own.",
    bad=channel_example(_MAIL + ", headers: {X-Team: a, x-team: b}"),
    good=channel_example(_MAIL + ", headers: {X-Team: a}"),
)
CODES = (BAD_ADDRESS, SAME_HEADER)

_IMPLICIT_TLS = 465
"""The one port on which Alertmanager speaks TLS from the first byte, whatever it was told."""

_BARE = r"[^\s@,;:<>()\[\]\"\\]+@[^\s@,;:<>()\[\]\"\\]+"
_WORDS = r"[^\s@,;:<>()\[\]\"\\.]+(?: [^\s@,;:<>()\[\]\"\\.]+)*"
# Less than Go's mail.ParseAddressList takes, which would make several of one with a comma in it.
_ADDRESS = re.compile(rf"{_BARE}|(?:\"[^\"\\@,<>]+\"|{_WORDS}) ?<{_BARE}>")


def _address(value: str) -> str:
    if _ADDRESS.fullmatch(value) is None:
        raise invalid(
            BAD_ADDRESS,
            f"`{value}` is not a mail address",
            "write one address, such as ops@acme.example or Ops <ops@acme.example>",
        )
    return value


Address = Annotated[
    Text,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_ADDRESS.pattern})$"}),
]


class Email(Channel):
    """A mail to one or more people."""

    type: Literal["email"]
    recipients: Annotated[list[Address], Field(min_length=1)]
    """Who gets the mail; each sees the others."""
    smtp_server: Text | None = None
    """The mail server's host name. May be given for all under `defaults.channels.email`."""
    smtp_port: Port = 587
    """The mail server's port. On 465 the connection is encrypted from its start."""
    use_tls: Boolean = True
    """Whether to encrypt (STARTTLS). With `false` all goes in the clear, the password too."""
    username: Text | None = None
    """The name to log in with."""
    password: Secret | None = None
    """The password to log in with. Alertmanager before 0.27 takes a line end in the file for a part of it."""
    from_email: Address | None = None
    """The sender. May be given for all under `defaults.channels.email`."""
    subject: TemplateText = '{{ template "monitorgen.title" . }}'
    """The subject; may hold Go templates."""
    headers: dict[Text, TemplateText] = Field(default_factory=dict)
    """Further headers; their values may hold Go templates."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """One `email_configs` entry."""
        problems = tuple(self._problems(context))
        config = {
            "to": ", ".join(self.recipients),
            "from": self.from_email,
            "smarthost": f"{self.smtp_server}:{self.smtp_port}" if self.smtp_server else None,
            "auth_username": self.username,
            "auth_password_file": self.password.file if self.password else None,
            # Old Alertmanagers ask for STARTTLS even inside the TLS of port 465, and find none.
            "require_tls": self.use_tls and self.smtp_port != _IMPLICIT_TLS,
            "headers": {"Subject": self.subject, **self.headers},
            "html": '{{ template "monitorgen.email.html" . }}',
            "text": '{{ template "monitorgen.email.text" . }}',
        }
        return Delivery((self.integration("email_configs", config),), problems)

    def _problems(self, context: ChannelContext) -> Iterator[Problem]:
        for field, setting in (("smtp_server", "smarthost"), ("from_email", "from")):
            if getattr(self, field) is None and setting not in self.extra:
                yield Problem(
                    INCOMPLETE,
                    "",
                    f"`{context.name}` has no `{field}`",
                    f"give it here, or once for all mail under `defaults.channels.email.{field}`",
                )
        if self.username is not None and self.password is None:
            yield Problem(
                INCOMPLETE, "username", "a user name needs a password", "add `password: {file: ...}`"
            )
        if self.password is not None and self.username is None:
            yield Problem(INCOMPLETE, "password", "a password needs a user name", "add `username:`")
        seen = {"subject": "the field `subject`"}
        for name in self.headers:
            if (first := seen.setdefault(name.lower(), f"`{name}`")) != f"`{name}`":
                yield Problem(
                    SAME_HEADER, "headers", f"the header `{name}` is also given by {first}", "keep one"
                )
