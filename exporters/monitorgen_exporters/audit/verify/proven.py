"""The closing sentence: what a verification did not prove."""

from typing import Final

from monitorgen_exporters.audit.verify.report import GUARD_IGNORANT, GUARD_UNREADABLE, Report
from monitorgen_exporters.audit.verify.words import age, counted

__all__ = ["not_proven"]

_NAMED: Final = 3


def not_proven(report: Report) -> str:
    """One sentence that names what nobody may conclude from the report."""
    agreeing = [anchor for anchor in report.anchors if anchor.verdict in ("agrees", "stale")]
    sizes = [anchor.newest_size or 0 for anchor in agreeing]
    witnessed = report.witnessed.size if report.witnessed else None
    parts = []
    if report.hashes_only:
        parts.append("that the columns searched by say what the records say, since only hashes were compared")
    if not agreeing:
        parts.append(_unanchored(report, witnessed))
    if report.guard is not None and report.guard.verdict == GUARD_UNREADABLE:
        parts.append("that the signer has signed no more than this, since its guard file could not be read")
    if report.guard is not None and report.guard.verdict == GUARD_IGNORANT:
        parts.append("that the signer has signed no more than this, since its guard file knows nothing of it")
    pinned = max([*sizes, witnessed or 0])
    if pinned and pinned < report.size:
        late = next((a.unanchored_seconds for a in agreeing if a.newest_size == pinned), None)
        since = f", the oldest {age(late)} old" if late else ""
        parts.append(
            f"anything of {counted(report.size - pinned, 'record')} from position {pinned} on, which "
            f"{_unseen(report)}{since}"
        )
    if report.unproven:
        parts.append(_torn(report))
    if witnessed is None:
        parts.append("that others are shown the same history, since no witness has signed it")
    parts.append("that what was recorded is true, or that everything was recorded")
    return f"Not proven: {'; '.join(parts[:-1])}{'; nor ' if len(parts) > 1 else ''}{parts[-1]}."


def _torn(report: Report) -> str:
    named = [f"{start:,} to {end - 1:,}" for start, end in report.unproven[:_NAMED]]
    more = len(report.unproven) - len(named)
    where = ", ".join(named) + (f" and {counted(more, 'more range')}" if more else "")
    return f"anything of what is left at positions {where}, since records are missing there"


def _unseen(report: Report) -> str:
    if any(anchor.verdict == "disagrees" for anchor in report.anchors):
        return "no place outside confirms"
    if any(anchor.uncompared for anchor in report.anchors):
        return "could not all be compared with what places outside have seen"
    return "nobody outside has seen"


def _unanchored(report: Report, witnessed: int | None) -> str:
    if any(anchor.verdict == "disagrees" for anchor in report.anchors):
        return "that this is the history that was once written: what a place outside has seen contradicts it"
    if any(anchor.verdict == "uncompared" for anchor in report.anchors):
        return (
            "that this is the history that was once written: records are missing, so it could not be "
            "compared with what places outside have seen"
        )
    nobody = "confirms it" if report.anchors else "was compared"
    if witnessed is None:
        return (
            f"that this is the history that was once written: no place outside {nobody}, so whoever holds "
            "the signing key could have rewritten everything, and whoever writes to the database could have "
            "cut it back to an earlier checkpoint"
        )
    return (
        "that nothing was cut off: witnesses signed up to record "
        f"{witnessed - 1}, and no place outside {'could say' if report.anchors else 'was asked'} whether "
        "there had been more"
    )
