"""Sarbanes-Oxley: internal control over financial reporting, and records that must not be altered."""

from monitorgen_exporters.audit.reports.base import Control, Framework

__all__ = ["FRAMEWORK"]

FRAMEWORK = Framework(
    key="sox",
    name="Sarbanes-Oxley Act of 2002",
    source="Sections 302, 404 and 802 (15 U.S.C. 7241 and 7262, 18 U.S.C. 1519 and 1520); PCAOB AS 2201, "
    "which names the three general controls below in .B29",
    retention="17 CFR 210.2-06 has the accountant keep records relevant to an audit or review for seven "
    "years after it is concluded. How long the company keeps the logs behind them is for the "
    "company to decide.",
    controls=(
        Control(
            "Section 404(a) (15 U.S.C. 7262); AS 2201.B29: general controls over program changes",
            "Changes to programs and configuration are authorized and recorded",
            "Each applied configuration and each change of a silence, rule or key, with who did it and when.",
            "Whether a change was approved before, and whether the system it concerns is in scope. Changes "
            "that were made past the tools that write to this log.",
            ("config", "silence", "key", "remediation", "rule"),
        ),
        Control(
            "Section 404(a) (15 U.S.C. 7262); AS 2201.B29: general controls over access to programs",
            "Access is limited and traceable to a person",
            "Logins, failed logins, and reads and writes that the systems report to this log.",
            "Whether access rights are right, reviewed and separated. Access that a system does not report.",
            ("authentication", "data_access", "security"),
        ),
        Control(
            "Section 404(a) (15 U.S.C. 7262); AS 2201.B29: general controls over computer operations",
            "Failures are noticed and dealt with",
            "Alerts as they fired and were resolved, who acknowledged them, escalations and remediations.",
            "Whether the alerts cover every job that financial reporting rests on.",
            ("alert", "incident", "escalation", "remediation", "system"),
        ),
        Control(
            "Section 802 (18 U.S.C. 1519)",
            "No record is altered, destroyed or falsified to impede a federal investigation or bankruptcy "
            "case",
            "Signed checkpoints over a Merkle tree, which places outside the log hold: an alteration of "
            "anything they cover is found by `verify`.",
            "Records of other systems. That what was written here was true when it was written. Whether a "
            "pruning was allowed while an investigation was to be expected.",
        ),
        Control(
            "Section 302(a)(4) (15 U.S.C. 7241(a)(4))",
            "The signing officers are responsible for internal controls, and have evaluated them within 90 "
            "days before the report",
            "A period's evidence in one file, and a verification that a third party can repeat.",
            "The evaluation. No report replaces it.",
        ),
    ),
    beyond="Entity-level controls, segregation of duties, accuracy of financial data, and the assessment by "
    "management and auditor.",
)
