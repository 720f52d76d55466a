"""Matchers of silences: those that match one alert and no other, and which of a person's are too broad."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from monitorgen_exporters.receiver.identity import STAGE, without_stage

__all__ = ["TENANT", "Matcher", "matchers_of_alert", "why_too_broad"]

TENANT: Final = "tenant"
"""The label that says whose an alert is, where tenants share an Alertmanager."""

_MOST = 64  # matchers of a silence, beside those of the labels
_PLAIN = re.compile(r"[\w :/@,=\-]*(?:\.\*|\.\+)?[\w :/@,=\-]*")
_NARROW = re.compile(r"[\w :/@,=\-]")


class Matcher(msgspec.Struct, frozen=True, order=True):
    """One condition on a label; that a label is missing is the same as that it is empty."""

    name: str
    value: str
    is_regex: bool = msgspec.field(name="isRegex", default=False)
    is_equal: bool = msgspec.field(name="isEqual", default=True)

    def __str__(self) -> str:
        sign = {(True, True): "=~", (True, False): "=", (False, True): "!~", (False, False): "!="}
        return f'{self.name}{sign[self.is_equal, self.is_regex]}"{self.value}"'


def matchers_of_alert(
    labels: Mapping[str, str],
    others: Iterable[Mapping[str, str]],
    *,
    stages_only: bool,
    before: Iterable[Matcher] = (),
) -> tuple[Matcher, ...] | None:
    """Matchers of the alert with these labels (`without_stage`) and, of what fires now, of no other.

    Equality of all labels also matches an alert that has more of them: for each of `others` that does, the
    labels that it has in addition must be missing, and so must those that had to be `before`. None where no
    matchers can tell them apart. With `stages_only` they match the stages of its escalation, and the alert
    itself not.
    """
    labels = {name: value for name, value in labels.items() if value}
    if not labels:
        return None
    missing = {matcher.name for matcher in before if not matcher.value} - labels.keys()
    for other in others:
        found = without_stage(other)
        if labels.items() <= found.items() and found != labels:
            missing |= found.keys() - labels.keys()
    if len(missing) > _MOST:
        return None
    stage = [Matcher(STAGE, ".+", is_regex=True)] if stages_only else []
    return (
        *(Matcher(name, value) for name, value in sorted(labels.items())),
        *(Matcher(name, "") for name in sorted(missing)),
        *stage,
    )


def why_too_broad(matchers: Sequence[Matcher], tenant: str | None) -> str:
    """Why nobody, or nobody of this tenant, may silence what these match; empty where they may.

    A silence has to name something that it silences: a label with its value, or with a plain pattern such as
    `web-.+` or `a|b`. One of a tenant names the tenant, too, and has no other patterns, and nothing negative.
    """
    if not any(_narrows(matcher) for matcher in matchers):
        return "it would silence too much: name a label with its value, such as alertname"
    if tenant is None:
        return ""
    if Matcher(TENANT, tenant) not in matchers:
        return f'it would silence other tenants: add the matcher {TENANT}="{tenant}"'
    if not any(_narrows(matcher) for matcher in matchers if matcher.name != TENANT):
        return (
            "it would silence everything of the tenant: name another label with its value, such as alertname"
        )
    for matcher in matchers:
        if not matcher.is_equal:
            return f"{matcher} is negative: name what is to be silenced"
        if matcher.is_regex and not _narrows(matcher):
            return f"the pattern of {matcher} is too broad, or not plain enough to tell: say web-.+ or a|b"
    return ""


def _narrows(matcher: Matcher) -> bool:
    if not matcher.is_equal or not matcher.value or len(matcher.value) > 1000:
        return False
    if not matcher.is_regex:
        return True
    return all(
        _PLAIN.fullmatch(choice) is not None and _NARROW.search(choice.replace(".*", "").replace(".+", ""))
        for choice in matcher.value.split("|")
    )
