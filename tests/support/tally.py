"""What this run asked of the real servers, and what it could not: printed at the end, never just green."""

from collections import Counter
from dataclasses import dataclass, field

from tests.support.servers import Generation

__all__ = ["Tally", "record_skip", "record_use", "tally"]


@dataclass(slots=True)
class Tally:
    """The generations used, with their servers' versions, and how often what was left out, by reason."""

    used: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, used: dict[str, dict[str, str]], skipped: dict[str, int]) -> None:
        """Adds what another process counted."""
        self.used.update(used)
        self.skipped.update(skipped)

    def lines(self) -> list[str]:
        """The tally for people: a line for each generation and each reason, in a stable order."""
        used = [
            f"{name}: {', '.join(f'{binary} {version}' for binary, version in versions.items())}"
            for name, versions in sorted(self.used.items(), reverse=True)
        ]
        return used + [f"skipped {count}: {reason}" for reason, count in sorted(self.skipped.items())]


tally = Tally()
"""This process's own."""


def record_use(generation: Generation) -> None:
    """Has the summary say that the run used `generation`."""
    tally.used[generation.name] = generation.versions


def record_skip(reason: str) -> None:
    """Has the summary count something that a test could not check here, and say why.

    For a part of a test; a whole test says pytest.skip(reason), which is counted too.
    """
    tally.skipped[reason] += 1
