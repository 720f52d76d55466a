"""What the log keeps beside its records, against the records: state, cached hashes, the intake."""

from monitorgen_exporters.audit.verify.case import Case, at_end
from monitorgen_exporters.audit.verify.checkpoints import is_time
from monitorgen_exporters.audit.verify.chunk import CHUNK_LEVEL
from monitorgen_exporters.audit.verify.findings import Finding, Kind

__all__ = ["judge_intake", "judge_nodes", "judge_state"]


def judge_state(case: Case) -> None:
    """The state that goes on growing, against what the records give."""
    moment, merged = case.moment, case.merged
    if moment.origin != case.trust.origin:
        case.findings.add(
            Finding.at(
                0,
                Kind.ORIGIN,
                f"the log calls itself {moment.origin!r:.120}, the trust file is of {case.trust.origin}",
            )
        )
    frontier = merged.frontier()
    if moment.scan != moment.size or frontier is None:
        return
    if moment.frontier != frontier.to_bytes():
        case.findings.add(at_end(moment.size, "the frontier in the state is not that of the records"))
    if merged.chain is not None and moment.chain != merged.chain:
        case.findings.add(at_end(moment.size, "the chain value in the state is not that of the last record"))


def judge_nodes(case: Case) -> None:
    """The cached hashes above the chunks."""
    held = {
        (level, index): made
        for level, index, made in case.store.query(
            "SELECT level, idx, hash FROM audit_node WHERE level > ?", (CHUNK_LEVEL,)
        )
    }
    for (level, index), made in case.merged.nodes.items():
        if held.get((level, index)) != made:
            case.findings.add(
                Finding.within(
                    index << level,
                    (index + 1) << level,
                    Kind.NODE,
                    f"the cached hash of level {level}, index {index} is wrong or missing",
                )
            )


def judge_intake(case: Case) -> None:
    ((count, oldest),) = case.store.query("SELECT count(*), min(ts) FROM audit_intake")
    case.report.intake_records = count
    case.report.intake_oldest = oldest if is_time(oldest) else None
    case.report.intake_age_seconds = case.age_of(case.report.intake_oldest)
