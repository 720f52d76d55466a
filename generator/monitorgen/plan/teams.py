"""Channels and teams: who can be told, and whom each severity tells."""

from collections.abc import Mapping

from monitorgen.model import names
from monitorgen.model.rules import Path
from monitorgen.plan.codes import NAME_TAKEN, UNKNOWN_CHANNEL, UNKNOWN_SEVERITY, UNUSED_CHANNEL
from monitorgen.plan.findings import Findings
from monitorgen.plan.values import PlannedChannel, PlannedTeam
from monitorgen.spec.sections import Root

__all__ = ["Policies", "planned_channels", "planned_teams"]

DEFAULT = "default"


class Policies:
    """Turns lists of channel names into policies, and remembers which channels are used."""

    def __init__(self, root: Root, channels: Mapping[str, PlannedChannel], findings: Findings) -> None:
        self._known = tuple(root.channels)
        self._channels = channels
        self._findings = findings
        self._is_mistaken = False
        self.used: set[str] = set()

    def policy(self, channels: list[str], path: Path) -> tuple[str, ...]:
        """The channels that are switched on, sorted, each once; unknown ones are reported at `path`."""
        chosen = set()
        for index, name in enumerate(channels):
            if name not in self._channels and name not in self._known:
                self._findings.reference(UNKNOWN_CHANNEL, (*path, str(index)), name, "channels", self._known)
                self._is_mistaken = True
                continue
            self.used.add(name)
            if name in self._channels:
                chosen.add(name)
        return tuple(sorted(chosen))

    def report_unused(self) -> None:
        """A warning for every channel that no policy named, unless some name may have meant it."""
        if self._is_mistaken:
            return
        for name, planned in self._channels.items():
            if name not in self.used and name not in self._findings.spec.elsewhere:
                hint = "name it in a team's `notify:`, or remove it"
                self._findings.add(
                    UNUSED_CHANNEL, planned.path, f"nothing uses the channel `{name}`", hint=hint, on_key=True
                )


def planned_channels(root: Root, findings: Findings) -> dict[str, PlannedChannel]:
    """The channels that are switched on."""
    if names.NOBODY in root.channels:
        findings.add(
            NAME_TAKEN,
            ("channels", names.NOBODY),
            f"`{names.NOBODY}` is the receiver of what nobody is told of",
            on_key=True,
            hint="give the channel another name",
        )
    return {
        name: PlannedChannel(name, channel, ("channels", name))
        for name, channel in root.channels.items()
        if findings.enabled(channel, ("channels", name))
    }


def planned_teams(root: Root, policies: Policies, findings: Findings) -> dict[str, PlannedTeam]:
    """Every team with its policies."""
    teams = {}
    for name, team in root.teams.items():
        if name in names.NO_FOLDERS:
            findings.add(
                NAME_TAKEN,
                ("teams", name),
                f"the team's folder would have the name of the file `{name}`",
                on_key=True,
                hint="give the team another name",
            )
        notify = {}
        for severity, channels in team.notify.items():
            path = ("teams", name, "notify", severity)
            if severity != DEFAULT and severity not in root.severities:
                known = [*root.severities, DEFAULT]
                findings.reference(UNKNOWN_SEVERITY, path, severity, "severities", known, on_key=True)
            notify[severity] = policies.policy(channels, path)
        default = notify.pop(DEFAULT, ())
        teams[name] = PlannedTeam(name, notify, default, team, ("teams", name))
    return teams
