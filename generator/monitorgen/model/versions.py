"""Server versions, and which of them know which PromQL function and which configuration field.

Only what is not the same in every supported server stands here (Prometheus from 2.42, Alertmanager from
0.25, blackbox_exporter from 0.23). What is absent from FIELDS is known to all of them.
"""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["FIELDS", "FUNCTIONS", "Since", "Version", "VersionRange", "field_since"]

_VERSION = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A server's version. `2.42` and `2.42.0` are the same version."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """The version written as `2.42`, `3.5.3` or `v3.5.3`; None for any other text."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            return None
        return cls(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The oldest and the newest version of one server that the output has to work on, both inclusive."""

    oldest: Version
    newest: Version

    def __str__(self) -> str:
        return str(self.oldest) if self.oldest == self.newest else f"{self.oldest} to {self.newest}"


@dataclass(frozen=True, slots=True)
class Since:
    """When a server learned something, and when it forgot it again.

    `since` is the first version that knows it (None: every supported one) and `until` the first that no
    longer does. From `since` up to `stable` the server refuses it unless started with
    `--enable-feature=FLAG`; without `stable` the flag is needed to this day. `instead` names what to
    write in place of it.
    """

    since: Version | None = None
    until: Version | None = None
    flag: str = ""
    stable: Version | None = None
    instead: str = ""

    def known_to(self, version: Version) -> bool:
        """True when this version knows it, if need be behind its flag."""
        return (self.since is None or version >= self.since) and (self.until is None or version < self.until)

    def flagged_in(self, version: Version) -> bool:
        """True when this version knows it but wants the flag."""
        return bool(self.flag) and self.known_to(version) and (self.stable is None or version < self.stable)

    def lacking(self, versions: VersionRange) -> tuple[Version, ...]:
        """The ends of the range that do not know it; empty when the whole range does."""
        ends = dict.fromkeys((versions.oldest, versions.newest))
        return tuple(v for v in ends if not self.known_to(v))

    def flagged(self, versions: VersionRange) -> tuple[Version, ...]:
        """The ends of the range that want the flag."""
        ends = dict.fromkeys((versions.oldest, versions.newest))
        return tuple(v for v in ends if self.flagged_in(v))


def field_since(server: str, field: str) -> Since:
    """When `server` knows `field` (as it is written in FIELDS); an empty `Since` for what all know."""
    return FIELDS[server].get(field, _ALWAYS)


_ALWAYS: Final = Since()
FUNCTIONS: Final[dict[str, Since]] = {}
FIELDS: Final[dict[str, dict[str, Since]]] = {
    "prometheus": {},
    "rules": {},
    "alertmanager": {},
    "blackbox": {},
}
