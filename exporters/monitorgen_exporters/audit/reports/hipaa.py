"""HIPAA Security Rule: audit controls over systems with electronic protected health information."""

from monitorgen_exporters.audit.reports.base import Control, Framework

__all__ = ["FRAMEWORK"]

FRAMEWORK = Framework(
    key="hipaa",
    name="HIPAA Security Rule",
    source="45 CFR Part 164, Subpart C",
    retention="45 CFR 164.316(b)(2)(i) has documentation kept for six years from when it was made or was "
    "last in effect, whichever is later. That includes records of actions, activities and "
    "assessments which the rule wants documented; whether it includes a log of activity the rule "
    "does not say.",
    controls=(
        Control(
            "45 CFR 164.312(b)",
            "Audit controls: mechanisms that record and examine activity",
            "A record of each activity that is reported, kept so that changes show, with search by person, "
            "subject and time.",
            "Activity inside systems with health information that do not report to this log.",
            ("authentication", "data_access", "config", "security", "system"),
        ),
        Control(
            "45 CFR 164.308(a)(1)(ii)(D)",
            "Information system activity review",
            "Searches, groups by actor and incident, and this report, for regular review.",
            "That somebody reviewed them: record the review itself, as `review.done`.",
            ("review",),
        ),
        Control(
            "45 CFR 164.308(a)(5)(ii)(C)",
            "Log-in monitoring",
            "Logins and failed logins as systems report them.",
            "Procedures and training, which this addressable specification is about.",
            ("authentication",),
        ),
        Control(
            "45 CFR 164.308(a)(6)(ii)",
            "Security incidents are responded to, and documented with their outcomes",
            "The course of each incident: what fired, who acted, when it ended.",
            "Mitigation outside of what was recorded, and breach notification (45 CFR 164.400 to 414).",
            ("alert", "incident", "escalation", "remediation", "security"),
        ),
        Control(
            "45 CFR 164.312(c)(1)",
            "Integrity: health information is protected from improper alteration or destruction",
            "For this log: hashes, signatures and anchors that show alteration.",
            "Health information itself. This log is no protection of it, and must not hold it: set "
            "`personal`.",
        ),
        Control(
            "45 CFR 164.316(b)(1)(ii)",
            "Documentation: a record of each action, activity or assessment that has to be documented",
            "What was recorded, for as long as the retention policy below keeps it.",
            "Written policies and procedures (164.316(b)(1)(i)). Actions that nobody recorded here.",
        ),
    ),
    beyond="Risk analysis, access authorization, encryption, physical safeguards and business associate "
    "contracts.",
)
