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
            "10.2.1.1, 10.2.1.2, 10.2.1.4, 10.2.1.5, 10.2.1.7",
            "Logs capture access to cardholder data, administrative actions, invalid access attempts, "
            "changes of credentials, and creation and deletion of system-level objects",
            "Those events of the systems that report to this log.",
            "Systems that do not report. That a system reports every such event.",
            ("authentication", "data_access", "config", "key", "security"),
        ),
        Control(
            "10.2.1.3",
            "Logs capture all access to audit logs",
            "What changes this log is a record in it, with who answers for it: prunings, erasures, "
            "restores, changes of the key.",
            "Reading. Searches, exports and verifications leave no record here, nor does whoever reads the "
            "database: have the database and the host log that.",
            ("log", "record", "key"),
        ),
        Control(
            "10.2.1.6",
            "Logs capture the initialization of new audit logs, and starting, stopping and pausing of "
            "existing ones",
            "The log's own creation, pruning, restore and refused records are records in it.",
            "Start and stop of the services that write here, unless they record it (`system.started`, "
            "`system.stopped`). The time in which a stopped service recorded nothing: compare the number of "
            "notifications that Alertmanager sent with the records received.",
            ("log", "system"),
        ),
        Control(
            "10.2.2",
            "Each entry has user, type of event, date and time, success or failure, origin, and what is "
            "affected",
            "Actor, type, time to the microsecond in UTC, and subject are required of each record.",
            "Success or failure and origin stand in `data` where the writer gives them.",
        ),
        Control(
            "10.3.1",
            "Read access to log files is limited to those with a job-related need",
            "Personal values stand apart from the records: `show` and `export --personal` alone give them.",
            "Access itself, which is up to the database, and to whoever guards exports, archives and "
            "backups.",
        ),
        Control(
            "10.3.2",
            "Log files are protected from modification by individuals",
            "Modification is detected, not prevented: tree, signatures and anchors show it. Database roles "
            "and triggers stop accidents.",
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
            "File integrity monitoring or change detection: log data cannot be changed without an alert",
            "`verify` names the first changed position; rollback raises an alert from Prometheus's own data.",
            "Running it: put `verify` into a schedule, on another host, with its exit code watched.",
        ),
        Control(
            "10.4.1, 10.4.1.1",
            "Logs are reviewed at least once daily, by automated mechanisms",
            "Searches by type, actor, severity and time, with an exit code and JSON for scripts.",
            "That anything or anybody reviewed them: record the review itself, as `review.done`. That what "
            "was found was followed up (10.4.3).",
            ("review", "alert"),
        ),
        Control(
            "10.5.1",
            "Audit log history is kept at least 12 months, the latest three immediately available",
            "The retention policy below, each pruning with who did it, and archived segments.",
            "Whether archives are still readable: verify them.",
            ("log.pruned",),
        ),
        Control(
            "10.6.1 to 10.6.3",
            "Clocks are synchronized, right and consistent, and their settings protected",
            "Order of records does not rest on clocks; times that run backwards are reported by `verify`.",
            "The synchronization of clocks.",
        ),
        Control(
            "10.7.2",
            "Failures of critical security control systems, audit logging mechanisms among them, are "
            "detected, alerted and addressed",
            "Age of the unsealed tail, of the intake and of each anchor, as metrics to alert on.",
            "Failures of other control systems, and how a failure was responded to (10.7.3).",
        ),
        Control(
            "12.10.1, 12.10.5",
            "There is a plan for incidents, which includes responding to alerts of security monitoring "
            "systems",
            "The course of each incident: what fired, who acted, when it ended.",
            "The plan itself, its review and test every 12 months (12.10.2), and the people (12.10.3).",
            ("alert", "incident", "escalation", "remediation"),
        ),
    ),
    beyond="All other requirements. Cardholder data must not be in this log.",
)
