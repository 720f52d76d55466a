"""Filters: what is recorded and why not, as the settings say."""

import pytest

from monitorgen.vocabulary.audit import AuditFilter
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.record import Record, new_record

FILTERS = Filters(
    {
        "authentication": AuditFilter(
            min_severity="medium", actions=["login", "logout"], resources=["auth", "user:root"]
        ),
        "data_access": AuditFilter(enabled=False, reason="the database keeps its own"),
        "silence": AuditFilter(),
        "log": AuditFilter(enabled=False, reason="a mistake"),
    }
)


def record(type: str, subject: str = "auth:web", severity: str | None = None) -> Record:
    return new_record(type, "user:alice", subject, {} if severity is None else {"severity": severity})


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (record("authentication.login", severity="medium"), ""),
        (record("authentication.login", severity="critical"), ""),
        (record("authentication.login", "user:root", "high"), ""),
        (record("authentication.login", severity="unheard_of"), ""),
        (record("authentication.login", severity="low"), "filters.authentication.min_severity is medium"),
        (record("authentication.login"), "and this is info"),
        (record("authentication.refresh", severity="high"), "actions does not name refresh"),
        (record("authentication.login", "user:bob", "high"), "names neither user nor user:bob"),
        (record("data_access.read", severity="critical"), "the database keeps its own"),
        (record("silence.created"), ""),
        (record("unthought.of"), ""),
        (record("log.pruned"), ""),
    ],
)
def test_what_is_recorded(one: Record, why: str) -> None:
    said = FILTERS.why_not(one)
    assert why in said
    assert bool(said) is bool(why)


def test_severities_of_the_spec_decide() -> None:
    filters = Filters({"a": AuditFilter(min_severity="p2")}, ("p4", "p3", "p2", "p1"))
    kept = [s for s in ("p4", "p3", "p2", "p1") if not filters.why_not(record("a.b", severity=s))]
    assert kept == ["p2", "p1"] == list(filters.at_least("p2"))
