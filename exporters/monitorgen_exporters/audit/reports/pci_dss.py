"""PCI DSS 4.0.1, requirement 10: log and monitor all access to system components and cardholder data."""

from monitorgen_exporters.audit.reports.base import Control, Framework

__all__ = ["FRAMEWORK"]

FRAMEWORK = Framework(
    key="pci-dss",
    name="PCI DSS 4.0.1",
    source="Requirements 10 and 12.10",
    retention="Requirement 10.5.1: at least 12 months, of which the most recent three are at hand for "
    "analysis.",
    controls=(
        Control(
            "10.2.1.1 to 10.2.1.5, 10.2.1.7",
            "Logs capture access, administrative actions, failed access, changes of credentials and of "
            "objects",
            "Those events of the systems that report to this log.",
            "Systems that do not report. That a system reports every such event.",
            ("authentication", "data_access", "config", "key", "security"),
        ),
        Control(
            "10.2.1.6",
            "Starting, stopping and pausing of audit logs is captured",
            "The log's own creation, pruning, restore and refused records are records in it.",
            "The time in which a stopped service recorded nothing: compare the number of notifications that "
            "Alertmanager sent with the records received.",
            ("log", "system"),
        ),
        Control(
            "10.2.2",
            "Each entry has user, type, time, success or failure, origin, and what it concerns",
            "Actor, type, time to the microsecond in UTC, and subject are required of each record.",
            "Success or failure and origin stand in `data` where the writer gives them.",
        ),
        Control(
            "10.3.2",
            "Log files are protected from modification by individuals",
            "Modification is detected, not prevented: tree, signatures and anchors show it. Database roles "
            "and "
            "triggers stop accidents.",
            "Prevention, which takes separate administration of the database, the signer and the anchors.",
        ),
        Control(
            "10.3.3",
            "Logs are promptly backed up to a place that is difficult to modify",
            "Checkpoints go to anchors within seconds to hours, as configured; archived segments verify "
            "alone.",
            "An anchor holds hashes, not records: a backup of the database is yours to make.",
        ),
        Control(
            "10.3.4",
            "Change detection on audit logs",
            "`verify` names the first changed position; rollback raises an alert from Prometheus's own data.",
            "Running it: put `verify` into a schedule, on another host, with its exit code watched.",
        ),
        Control(
            "10.4.1, 10.4.1.1",
            "Security events and logs are reviewed daily, by automated means",
            "Search and alerts on what is recorded.",
            "That somebody reviewed them: record the review itself, as `review.done`.",
            ("review", "alert"),
        ),
        Control(
            "10.5.1",
            "Audit log history is kept 12 months",
            "The retention policy below, each pruning with who did it, and archived segments.",
            "Whether archives are still readable: verify them.",
            ("log.pruned",),
        ),
        Control(
            "10.6.1 to 10.6.3",
            "Time is synchronized",
            "Order of records does not rest on clocks; times that run backwards are reported by `verify`.",
            "The synchronization of clocks.",
        ),
        Control(
            "10.7.2",
            "Failures of critical security controls, audit logging among them, are detected",
            "Age of the unsealed tail, of the intake and of each anchor, as metrics to alert on.",
            "Failures of other controls.",
        ),
        Control(
            "12.10.1, 12.10.5",
            "Incidents are responded to, alerts of monitoring systems included",
            "The course of each incident.",
            "The plan, its yearly test, and the people.",
            ("alert", "incident", "escalation", "remediation"),
        ),
    ),
    beyond="All other requirements. Cardholder data must not be in this log.",
)
