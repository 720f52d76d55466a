"""What `receiver:` says, held against the rest of the spec."""

from collections.abc import Mapping, Sequence

from monitorgen.model import names
from monitorgen.model.rules import Path
from monitorgen.plan.codes import NAME_TAKEN, UNKNOWN_SEVERITY
from monitorgen.plan.findings import Findings
from monitorgen.plan.values import PlannedService
from monitorgen.spec.idle import IDLE
from monitorgen.spec.sections import Root
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.vocabulary.receiver import Receiver
from monitorgen.vocabulary.receiver_faults import NEVER_FITS, NOT_SHOWN, UNHEARD, WITHOUT_LOG, faults
from monitorgen.vocabulary.secrets import SecretEnv

__all__ = ["check_receiver"]

_HERE = "receiver"


def check_receiver(root: Root, services: Sequence[PlannedService], findings: Findings) -> None:
    """Reports what of the receiver's settings does not hold together, or not with the rest of the spec."""
    receiver = root.receiver
    if receiver is None:
        return
    if root.audit is None and ("audit",) not in findings.spec.broken:
        findings.add(
            WITHOUT_LOG,
            (_HERE,),
            "there is no `audit:`, in whose database the receiver keeps its alerts",
            hint="add `audit: {log: ..., key: {file: ...}}`",
            on_key=True,
        )
    for fault in faults(receiver):
        hint = fault.hint or did_you_mean(fault.named, fault.known)
        findings.add(fault.code, (_HERE, *fault.path), fault.message, hint=hint, on_key=fault.on_key)
    for index, severity in enumerate(receiver.acknowledgement.severities):
        path = (_HERE, "acknowledgement", "severities", str(index))
        findings.reference(UNKNOWN_SEVERITY, path, severity, "severities", root.severities)
    for section in ("notifications", "actions"):
        for name, one in getattr(receiver, section).items():
            findings.enabled(one, (_HERE, section, name))
    if receiver.users and receiver.jwt is None:
        findings.add(
            IDLE,
            (_HERE, "users"),
            "no token is believed, so none of these users gets in",
            hint="say `jwt:` beside it; whoever has an API key has the roles of the key",
            on_key=True,
        )
    if names.RECEIVER in root.channels:
        findings.add(
            NAME_TAKEN,
            ("channels", names.RECEIVER),
            f"`{names.RECEIVER}` is what Alertmanager calls the receiver",
            hint="call the channel something else",
            on_key=True,
        )
    _check_own_source(receiver, findings)
    _check_timeouts(receiver, services, findings)
    if len(receiver.sources) == 1:  # what alerts the others send, this spec does not know
        _check_matches(root, receiver, services, findings)


def _check_own_source(receiver: Receiver, findings: Findings) -> None:
    """Reports what this spec's Alertmanager would have to show and cannot."""
    name = receiver.default_source
    if name is None:
        return
    source, path = receiver.sources[name], (_HERE, "sources", name)
    for key, secret in (("token", source.token), ("password", source.password)):
        if isinstance(secret, SecretEnv):
            findings.add(
                NOT_SHOWN,
                (*path, key),
                "Alertmanager shows it, and cannot read it from the environment",
                hint="put it in a file on both servers and write {file: /path/to/it}",
            )
    if source.client_certificate is not None and (source.tls is None or source.tls.cert_file is None):
        findings.add(
            NOT_SHOWN,
            (*path, "client_certificate"),
            "Alertmanager is not told which certificate to show",
            hint="say `tls: {cert_file: ..., key_file: ...}` beside it",
        )
    if source.receiver_name != names.RECEIVER:
        findings.add(
            NOT_SHOWN,
            (*path, "receiver_name"),
            f"in the Alertmanager of this spec the receiver is called `{names.RECEIVER}`",
            hint="remove the line",
        )


def _check_timeouts(receiver: Receiver, services: Sequence[PlannedService], findings: Findings) -> None:
    """A warning where no notification that is sent at a timeout can fit some alert of the spec."""
    said = receiver.acknowledgement
    named = set(said.notify)
    if said.timeout is None or findings.spec.broken:
        return
    if not named or not named <= receiver.notifications.keys():
        return  # which has a diagnostic of its own
    sent = [
        one.match
        for name, one in receiver.notifications.items()
        if one.enabled and (name in named or "timed_out" in one.events)
    ]
    unheard = [
        alert
        for service in services
        for alert in service.alerts
        if not said.severities or alert.severity in said.severities
        if not any(_could_fit(match, {**alert.labels, "alertname": alert.name}) for match in sent)
    ]
    if unheard:
        first, more = unheard[0], len(unheard) - 1
        others = f" (and {more} more)" if more else ""
        findings.add(
            UNHEARD,
            (_HERE, "acknowledgement", "notify"),
            f"nobody is told when {first.service}/{first.name}{others} is not acknowledged: "
            "no notification of the timeout has a `match` that fits",
            hint="name one whose `match` fits, or say in `severities` which alerts are waited for",
        )


def _could_fit(match: Mapping[str, list[str]], labels: Mapping[str, str]) -> bool:
    """Whether an alert with these labels, and others that its series bring, may be one of `match`."""
    return all(
        name not in labels or "{{" in labels[name] or labels[name] in values for name, values in match.items()
    )


def _check_matches(
    root: Root, receiver: Receiver, services: Sequence[PlannedService], findings: Findings
) -> None:
    """A warning for each value in a `match` that no alert of the spec has."""
    known = {
        "alertname": sorted({alert.name for service in services for alert in service.alerts}),
        names.SERVICE: sorted(root.services),
        names.TEAM: sorted(root.teams),
        names.SEVERITY: list(root.severities),
    }
    if findings.spec.broken:
        return
    for section in ("notifications", "actions"):
        for name, one in getattr(receiver, section).items():
            _check_match(one.match, known, (_HERE, section, name, "match"), findings)


def _check_match(
    match: Mapping[str, list[str]], known: Mapping[str, Sequence[str]], path: Path, findings: Findings
) -> None:
    for label, values in match.items():
        for index, value in enumerate(values):
            if label in known and value not in known[label] and value not in findings.spec.elsewhere:
                findings.add(
                    NEVER_FITS,
                    (*path, label, str(index)),
                    f"no alert of the spec has {label}={value}",
                    hint=did_you_mean(value, known[label]),
                )
