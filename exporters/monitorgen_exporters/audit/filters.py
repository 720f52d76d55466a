"""What is recorded: the filters of the settings, held against records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitorgen.vocabulary.audit import OWN_CATEGORIES, AuditFilter
from monitorgen_exporters.audit.record import Record

__all__ = ["Filters"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters by category, and the severities from least to most severe."""

    by_category: Mapping[str, AuditFilter] = field(default_factory=dict)
    severities: Sequence[str] = ("info", "low", "medium", "high", "critical")

    def why_not(self, record: Record) -> str:
        """Why the record is left out, in words; empty when it is recorded.

        A category without a filter is recorded whole, and what the log says of itself always is.
        """
        chosen = self.by_category.get(record.category)
        if chosen is None or record.category in OWN_CATEGORIES:
            return ""
        about = f"filters.{record.category}"
        if not chosen.enabled:
            return f"{about}.enabled is false: {chosen.reason}"
        if chosen.actions and record.action not in chosen.actions:
            return f"{about}.actions does not name {record.action}"
        kind = record.subject.partition(":")[0]
        if chosen.resources and kind not in chosen.resources and record.subject not in chosen.resources:
            return f"{about}.resources names neither {kind} nor {record.subject}"
        if chosen.min_severity is not None and self._rank(record.severity) < self._rank(chosen.min_severity):
            return f"{about}.min_severity is {chosen.min_severity}, and this is {record.severity}"
        return ""

    def at_least(self, severity: str) -> tuple[str, ...]:
        """This severity and those above it; raises ValueError for one that is not known."""
        return tuple(self.severities[self.severities.index(severity) :])

    def _rank(self, severity: str) -> int:
        """How severe it is; one that nobody knows counts as the most severe, so that it is never lost."""
        return self.severities.index(severity) if severity in self.severities else len(self.severities)
