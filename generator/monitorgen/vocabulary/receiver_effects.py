"""What the receiver does of its own: it tells other systems, and runs commands that mend what is broken."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.amounts import Count, Size, SomeTime
from monitorgen.vocabulary.base import Model, empty, tag
from monitorgen.vocabulary.fields import (
    BAD_NAME,
    BAD_SCALAR,
    Boolean,
    Duration,
    LabelName,
    Name,
    OneOrMore,
    Text,
    example,
    invalid,
)
from monitorgen.vocabulary.headers import OpenUrl
from monitorgen.vocabulary.patterns import RunPattern, can_begin_with, can_hold
from monitorgen.vocabulary.secrets import OwnSecret, SecretEnv, SecretFile

__all__ = [
    "CODES",
    "LONGEST_VALUE",
    "TOLD_EVENTS",
    "ActionParameter",
    "ActionRate",
    "ActionVerify",
    "Address",
    "LabelMatch",
    "NotificationThrottle",
    "ReceiverAction",
    "ReceiverNotification",
    "ToldEvent",
    "Variable",
    "fits",
    "placeholders",
]

_BASE = (
    example("")
    + "audit: {log: audit.db, key: {file: audit.key}}\n"
    + "receiver:\n  sources: {eu1: {token: {file: /run/secrets/eu1}}}\n"
)


def _action(said: str) -> str:
    return f"{_BASE}  actions: {{restart: {{{said}}}}}\n"


_COMMAND = "command: [/usr/local/bin/restart, '${service}'], match: {alertname: errors}, parameters: "

UNSAFE_PATTERN = Code(
    "MG0663",
    "a parameter that could become an option or another line",
    "A label's value comes from whatever is monitored, or from whoever can send an alert. What begins with "
    "`-` most programs read as an option, and what has a newline may be read as two lines.",
    bad=_action(f"{_COMMAND}{{service: {{label: service, pattern: '.*'}}}}"),
    good=_action(f"{_COMMAND}{{service: {{label: service, pattern: '[a-z0-9][a-z0-9-]{{0,40}}'}}}}"),
)
NO_MATCH = Code(
    "MG0664",
    "an action that every alert sets off",
    "Without a match, a command would be run for each alert there is, those of later years included.",
    bad=_action("command: [/usr/local/bin/restart]"),
    good=_action("command: [/usr/local/bin/restart], match: {alertname: errors}"),
)
NOT_A_PROGRAM = Code(
    "MG0665",
    "a command that does not begin with the path of a program",
    "Commands are run without a shell, from a folder of their own and without a PATH, and which program is "
    "run never depends on an alert.",
    bad=_action("command: [systemctl, restart, web], match: {alertname: errors}"),
    good=_action("command: [/usr/bin/systemctl, restart, web], match: {alertname: errors}"),
)
CODES = (UNSAFE_PATTERN, NO_MATCH, NOT_A_PROGRAM)

LONGEST_VALUE: Final = 256
"""The most characters of a label's value that become a parameter; an action with a longer one is refused."""

_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
# The linker and the interpreters run what these name, inside of whatever program is started.
_LOADERS: Final = re.compile(
    r"(?:LD_|DYLD_).*|PYTHON(?:PATH|HOME|STARTUP)|PERL5?(?:LIB|OPT)|RUBY(?:LIB|OPT)|NODE_OPTIONS"
    r"|BASH_ENV|ENV|IFS"
)

ToldEvent = Literal[
    "opened",
    "stage",
    "seen_again",
    "resolved",
    "vanished",
    "doubted",
    "confirmed",
    "silenced",
    "unsilenced",
    "acknowledged",
    "unacknowledged",
    "suppressed",
    "unsuppressed",
    "closed",
    "assigned",
    "commented",
    "reminded",
    "timed_out",
    "expired",
    "unknown",
]
"""Something that happens to an episode and that can be told; `unknown` is an effect of unknown outcome."""

TOLD_EVENTS: Final[tuple[ToldEvent, ...]] = get_args(ToldEvent)

LabelMatch = dict[LabelName, OneOrMore]
"""A label's name to the value it has to have, or to several of which it has to have one."""


def fits(match: Mapping[str, list[str]], labels: Mapping[str, str]) -> bool:
    """Whether an alert with these labels is one that `match` (a `LabelMatch`) is about.

    A label that is not there counts as empty, as it does in Alertmanager.
    """
    return all(labels.get(name, "") in values for name, values in match.items())


def placeholders(text: str) -> Iterator[str]:
    """The names in `${...}`."""
    for found in _PLACEHOLDER.finditer(text):
        yield found[1].strip()


def _address(value: str) -> str:
    if "${" in value or "{{" in value:
        raise invalid(BAD_SCALAR, "the address holds a placeholder", "the labels are in the body")
    return value


def _by_shape(value: Any) -> str:
    return tag("secret" if isinstance(value, dict | SecretFile | SecretEnv) else "text")


Address = Annotated[
    Annotated[OpenUrl, AfterValidator(_address), Tag(tag("text"))] | Annotated[OwnSecret, Tag(tag("secret"))],
    Discriminator(_by_shape),
]
"""A URL, or a secret that holds one."""


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise invalid(BAD_NAME, "not the name of an environment variable", "letters, digits and `_`")
    if _LOADERS.fullmatch(value):
        raise invalid(BAD_NAME, f"`{value}` makes programs run other code than their own", "leave it out")
    return value


Variable = Annotated[
    Text, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE.pattern}$"})
]
"""The name of an environment variable that a command may be given."""


def _command(value: list[str]) -> list[str]:
    if not re.fullmatch(r"/[^\x00]*[^/\x00]", value[0]) or "${" in value[0]:
        raise invalid(
            NOT_A_PROGRAM,
            "the first word is not the path of a program",
            "write the whole path, such as /usr/bin/systemctl, without a placeholder",
        )
    if any("\x00" in word for word in value):
        raise invalid(BAD_SCALAR, "a word of a command cannot hold the character NUL")
    return value


Command = Annotated[list[Text], Field(min_length=1), AfterValidator(_command)]
"""A program by its whole path, and its arguments, each a word of its own: no shell reads them."""


def _parameter(pattern: str) -> str:
    hint = "name the characters that a value may have: `[a-z0-9][a-z0-9-]{0,40}`"
    if can_begin_with(pattern, "-"):
        why = "lets a value begin with `-`, which programs read as an option"
    elif can_hold(pattern, "\n") or can_hold(pattern, "\r"):
        why = "lets a value hold a newline"
    else:
        return pattern
    raise invalid(UNSAFE_PATTERN, f"`{pattern}` {why}", hint)


ParameterPattern = Annotated[RunPattern, AfterValidator(_parameter)]
"""A pattern for what becomes a word of a command."""


class NotificationThrottle(Model):
    """How often a notification is sent at most; what is beyond waits its turn."""

    per: SomeTime = 60.0
    """The time it is counted in."""
    at_most: Annotated[Count, Field(ge=1)] = 60
    """How many are sent in that time."""


class ReceiverNotification(Model):
    """A system that is told by HTTP, in signed requests, of what happens to alerts."""

    url: Address
    """Where to post; `{file: ...}` or `{env: ...}` where the address itself is a secret."""
    secret: OwnSecret | None = None
    """The secret that each request is signed with (HMAC-SHA256)."""
    events: list[ToldEvent] = Field(
        ["opened", "stage", "acknowledged", "resolved", "vanished", "timed_out", "reminded", "unknown"]
    )
    """What is told. If empty, it is sent only where its name is given: in `notify` and `unknown_notify`."""
    match: LabelMatch = Field(default_factory=dict)
    """The alerts it is told of, by their labels; all when empty."""
    timeout: SomeTime = 10.0
    """How long one attempt may take."""
    attempts: Annotated[Count, Field(ge=1)] = 20
    """How often sending is tried."""
    deadline: SomeTime = 86400.0
    """How long after the event it is still tried."""
    throttle: NotificationThrottle = empty()
    """How often it is sent at most."""
    idempotent: Boolean = True
    """Whether the other side knows a request again by its `Idempotency-Key`. If not, one whose outcome was
    lost in a crash is not sent again, and `unknown_notify` is told instead."""
    enabled: Boolean = True
    """Whether it is sent."""
    reason: Text = ""
    """Why not, where `enabled` is false."""


class ActionParameter(Model):
    """A word of a command that comes from an alert."""

    label: LabelName
    """The label it is taken from."""
    pattern: ParameterPattern
    """What the whole value has to match; an action whose parameter does not is refused and recorded."""


class ActionVerify(Model):
    """A command that ends with 0 if the action has been done, and with 1 if it has not."""

    command: Command
    """The program and its arguments."""
    timeout: SomeTime = 10.0
    """How long it may take."""


class ActionRate(Model):
    """How often an action is run at most; what is beyond is skipped and recorded."""

    per: SomeTime = 3600.0
    """The time it is counted in."""
    at_most: Annotated[Count, Field(ge=1)] = 10
    """How often it is run in that time."""


class ReceiverAction(Model):
    """A command that is run when an alert fires."""

    command: Command
    """The program by its whole path, and its arguments. `${name}` is a parameter's value."""
    parameters: dict[Annotated[Text, AfterValidator(_variable)], ActionParameter] = Field(
        default_factory=dict
    )
    """What of an alert the command is given, by the names in `${...}`."""
    match: LabelMatch = Field(default_factory=dict)
    """The alerts that set it off, by their labels; at least one label has to be named."""
    on: Literal["opened", "stage", "timed_out", "acknowledged", "resolved"] = "opened"
    """What has to happen to such an alert."""
    dry_run: Boolean = False
    """Whether everything is done and recorded but the running itself."""
    timeout: SomeTime = 60.0
    """How long it may take; then it is ended, with everything it started."""
    idempotent: Boolean = False
    """Whether it may be run again when its outcome was lost in a crash."""
    verify: ActionVerify | None = None
    """How to see whether it was done, when its outcome was lost in a crash."""
    target: Text = ""
    """What it is done to, such as `${service}`: `cooldown` holds for each target by itself."""
    cooldown: Duration = 900.0
    """The time after it was run in which it is not run again for the same target."""
    rate: ActionRate = empty()
    """How often it is run at most, over all targets."""
    concurrency: Annotated[Count, Field(ge=1)] = 1
    """How many of it run at the same time."""
    stop_after: Annotated[Count, Field(ge=1)] = 3
    """After how many failures in a row it is not run any more, until a person lets it."""
    memory: Size = 256 << 20
    """The most memory a process of it may take."""
    cpu: Annotated[SomeTime, Field(ge=1)] = 30.0
    """The most CPU time a process of it may take."""
    output: Size = 64 << 10
    """How much of its output is kept."""
    user: Name | None = None
    """The account it runs under, one without rights of its own. Without it, that of the receiver."""
    environment: dict[Variable, Text] = Field(default_factory=dict)
    """The whole of its environment: texts, as they are."""
    redact: list[RunPattern] = Field(default_factory=list)
    """Patterns of what is blacked out in its output before that is kept."""
    enabled: Boolean = True
    """Whether it is run."""
    reason: Text = ""
    """Why not, where `enabled` is false."""

    @model_validator(mode="after")
    def _matches_something(self) -> Self:
        if not self.match:
            raise invalid(
                NO_MATCH, "the action has no `match`", "name its alert: `match: {alertname: WebDown}`"
            )
        return self

    def texts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every text that may hold `${...}`, with its place below the action."""
        for index, word in enumerate(self.command):
            yield ("command", str(index)), word
        for index, word in enumerate(self.verify.command if self.verify else ()):
            yield ("verify", "command", str(index)), word
        yield ("target",), self.target
