"""The server versions a build has to work on."""

from dataclasses import dataclass
from typing import Final

from monitorgen.model.versions import Version, VersionRange

__all__ = ["DEFAULT", "OLDEST_SUPPORTED", "Compatibility"]


@dataclass(frozen=True, slots=True)
class Compatibility:
    """For each server the oldest and the newest version the output must be accepted by."""

    prometheus: VersionRange
    alertmanager: VersionRange
    blackbox_exporter: VersionRange
    grafana: VersionRange


DEFAULT: Final = Compatibility(
    VersionRange(Version(2, 42), Version(3, 5)),
    VersionRange(Version(0, 25), Version(0, 33)),
    VersionRange(Version(0, 23), Version(0, 28)),
    VersionRange(Version(10, 4), Version(11, 6)),
)
"""What is built for when the spec does not say: what the tests run against."""

OLDEST_SUPPORTED: Final = {
    "prometheus": Version(2, 42),
    "alertmanager": Version(0, 25),
    "blackbox_exporter": Version(0, 23),
    "grafana": Version(10, 1),
}
