"""What is wrong with the receiver's settings as a whole: said by the compiler, and again by the runtime."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.model.rules import Path
from monitorgen.vocabulary import receiver_access, receiver_effects, receiver_sources
from monitorgen.vocabulary.fields import example
from monitorgen.vocabulary.receiver import Receiver
from monitorgen.vocabulary.receiver_effects import placeholders

__all__ = ["CODES", "NEVER_FITS", "NOT_SHOWN", "UNHEARD", "WITHOUT_LOG", "Fault", "faults"]

_SOURCE = "sources: {eu1: {token: {file: /run/secrets/eu1}}}"


def receiver_example(said: str) -> str:
    """A whole small spec whose receiver also says `said`."""
    log = "audit: {log: audit.db, key: {file: audit.key}}\n"
    return f"{example('')}{log}receiver: {{{_SOURCE}, {said}}}\n"


WITHOUT_LOG = Code(
    "MG0660",
    "a receiver without an audit log",
    "What the receiver answers for is in the log's database, in one transaction with the record of it: so no "
    "alert changes its state without a trace.",
    bad=receiver_example("listen: '127.0.0.1:9393'").replace(
        "audit: {log: audit.db, key: {file: audit.key}}\n", ""
    ),
    good=receiver_example("listen: '127.0.0.1:9393'"),
)
EXPOSED = Code(
    "MG0666",
    "a receiver that others reach without TLS",
    "Tokens, passwords and what alerts say would go over the network for everyone on the way to read.",
    bad=receiver_example("listen: '0.0.0.0:9393'"),
    good=receiver_example("listen: '0.0.0.0:9393', tls: {certificate: /etc/tls/r.crt, key: /etc/tls/r.key}"),
)
UNKNOWN_NAME = Code(
    "MG0667",
    "a role, notification or parameter that the receiver does not have",
    "A name that leads nowhere is a user without rights, a reminder to nobody, or a command with a hole in "
    "it.",
    bad=receiver_example("notifications: {lead: {url: 'https://lead.acme.example/'}}, unknown_notify: [led]"),
    good=receiver_example(
        "notifications: {lead: {url: 'https://lead.acme.example/'}}, unknown_notify: [lead]"
    ),
)
REMINDS_NOBODY = Code(
    "MG0668",
    "a timeout that nobody is told of",
    "An alert that nobody acknowledged is told to somebody else; without `notify` the time runs out unheard.",
    bad=receiver_example("acknowledgement: {timeout: 30m}"),
    good=receiver_example(
        "acknowledgement: {timeout: 30m, notify: [lead]}, "
        "notifications: {lead: {url: 'https://lead.acme.example/hook', events: []}}"
    ),
)
TWO_DEFAULTS = Code(
    "MG0669",
    "the Alertmanager of this spec could be several sources",
    "Each source has credentials of its own, and the Alertmanager that is configured here shows those of "
    "one.",
    bad=receiver_example("x: y").replace(
        "{eu1: {token: {file: /run/secrets/eu1}}}, x: y",
        "{eu1: {token: {file: /run/secrets/eu1}}, us1: {token: {file: /run/secrets/us1}}}",
    ),
    good=receiver_example("x: y").replace(
        "{eu1: {token: {file: /run/secrets/eu1}}}, x: y",
        "{eu1: {token: {file: /run/secrets/eu1}, default: true}, us1: {token: {file: /run/secrets/us1}}}",
    ),
)
_MUTUAL = (
    "listen: '0.0.0.0:9393', tls: {certificate: /etc/tls/r.crt, key: /etc/tls/r.key, client_ca: /etc/tls/ca}"
)
NOT_SHOWN = Code(
    "MG0670",
    "a source that this spec's Alertmanager cannot be",
    "The configuration of Alertmanager is made from the source it is: what the receiver asks it for, it has "
    "to be told to show.",
    bad=receiver_example(_MUTUAL).replace("token: {file: /run/secrets/eu1}", "client_certificate: am-eu1"),
    good=receiver_example(_MUTUAL).replace(
        "token: {file: /run/secrets/eu1}",
        "client_certificate: am-eu1, tls: {cert_file: /etc/tls/am.crt, key_file: /etc/tls/am.key}",
    ),
)
NEVER_FITS = Code(
    "MG0671",
    "a match that no alert fits",
    "Whoever wrote it thinks that somebody is told, or something is mended, when that alert fires.",
    severity=Severity.WARNING,
    bad=receiver_example(
        "notifications: {lead: {url: 'https://lead.acme.example/hook', match: {alertname: error}}}"
    ),
    good=receiver_example(
        "notifications: {lead: {url: 'https://lead.acme.example/hook', match: {alertname: errors}}}"
    ),
)
_TIMED = (
    "acknowledgement: {timeout: 30m, notify: [lead]}, "
    "notifications: {lead: {url: 'https://lead.acme.example/hook', events: [], match: {severity: SEVERITY}}}"
)
UNHEARD = Code(
    "MG0673",
    "an alert whose timeout nobody hears of",
    "`match` holds at a timeout, too: what `notify` names is sent only for the alerts that fit. Of one that "
    "fits none of them nobody hears.",
    severity=Severity.WARNING,
    bad=receiver_example(_TIMED.replace("SEVERITY", "high")),
    good=receiver_example(_TIMED.replace("SEVERITY", "[critical, high]")),
)
CODES = (
    WITHOUT_LOG,
    *receiver_sources.CODES,
    *receiver_access.CODES,
    *receiver_effects.CODES,
    EXPOSED,
    UNKNOWN_NAME,
    REMINDS_NOBODY,
    TWO_DEFAULTS,
    NOT_SHOWN,
    NEVER_FITS,
    UNHEARD,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at `path`, below the section; `known` are those that `named` could have meant."""

    code: Code
    path: Path
    message: str
    hint: str = ""
    named: str = ""
    known: tuple[str, ...] = ()
    on_key: bool = False


def faults(receiver: Receiver) -> Iterator[Fault]:
    """Everything that each part of the settings by itself cannot know."""
    if receiver.is_exposed:
        yield Fault(
            EXPOSED,
            ("listen",),
            f"others reach `{receiver.listen}`, and it speaks plain HTTP",
            "say `tls:`, or `behind_tls_proxy: true` where a proxy is in front",
        )
    yield from _sources(receiver)
    for name, user in receiver.users.items():
        yield from _unknown(user.roles, receiver.all_roles, "role", ("users", name, "roles"))
    yield from _acknowledgement(receiver)
    yield from _unknown(receiver.unknown_notify, receiver.notifications, "notification", ("unknown_notify",))
    for name, action in receiver.actions.items():
        for place, text in action.texts():
            for parameter in placeholders(text):
                if parameter not in action.parameters:
                    yield Fault(
                        UNKNOWN_NAME,
                        ("actions", name, *place),
                        f"there is no parameter `{parameter}`",
                        named=parameter,
                        known=tuple(action.parameters),
                    )


def _sources(receiver: Receiver) -> Iterator[Fault]:
    if receiver.default_source is None:
        yield Fault(
            TWO_DEFAULTS,
            ("sources",),
            "it takes one source to be this spec's own Alertmanager",
            "say `default: true` in one of them",
            on_key=True,
        )
    for name, source in receiver.sources.items():
        if source.client_certificate is not None and (receiver.tls is None or not receiver.tls.client_ca):
            yield Fault(
                NOT_SHOWN,
                ("sources", name, "client_certificate"),
                "no client certificate is asked for",
                "say `tls: {certificate: ..., key: ..., client_ca: ...}`",
            )


def _acknowledgement(receiver: Receiver) -> Iterator[Fault]:
    said = receiver.acknowledgement
    yield from _unknown(said.notify, receiver.notifications, "notification", ("acknowledgement", "notify"))
    if said.timeout is not None and not said.notify:
        yield Fault(
            REMINDS_NOBODY,
            ("acknowledgement", "timeout"),
            "the time for acknowledging runs out, and nobody is told",
            "say `notify:` with the names of notifications",
        )
    if said.reminder is not None and said.timeout is None:
        yield Fault(
            REMINDS_NOBODY,
            ("acknowledgement", "reminder"),
            "reminders begin at the timeout, and there is none",
            "say `timeout:` beside it",
        )


def _unknown(named: Collection[str], known: Collection[str], word: str, path: Path) -> Iterator[Fault]:
    for index, name in enumerate(named):
        if name not in known:
            yield Fault(
                UNKNOWN_NAME,
                (*path, str(index)),
                f"there is no {word} `{name}`",
                named=name,
                known=tuple(known),
            )
