"""GDPR: the articles that a log of actions serves, and those it has to obey."""

from monitorgen_exporters.audit.reports.base import Control, Framework

__all__ = ["FRAMEWORK"]

FRAMEWORK = Framework(
    key="gdpr",
    name="General Data Protection Regulation",
    source="Regulation (EU) 2016/679",
    retention="Article 5(1)(e): no longer than is necessary for the purposes, which the controller decides "
    "and justifies.",
    controls=(
        Control(
            "Article 5(1)(e)",
            "Storage limitation",
            "The retention policy below, and each pruning as a record.",
            "Whether the period is the right one. Actors and subjects stand in records as they are: use "
            "names of accounts there, and `personal` for everything else.",
            ("log.pruned",),
        ),
        Control(
            "Article 5(1)(f), Article 32(1)(b)",
            "Integrity and confidentiality of personal data and of the systems that process it",
            "Integrity of the log: alteration of what an anchor covers is found.",
            "Confidentiality: access to the database, to exports and to backups is for others to guard. "
            "Availability and resilience. Personal data in other systems.",
        ),
        Control(
            "Article 5(2), Article 24(1)",
            "Accountability: compliance can be demonstrated",
            "Who did what and when, in records whose past cannot be rewritten unnoticed.",
            "Lawfulness, fairness, and everything that was not recorded.",
            ("authentication", "data_access", "config", "record"),
        ),
        Control(
            "Article 15",
            "Right of access",
            "`export --personal` with `--subject` and again with `--actor` gives the records that are about "
            "an account and those of what it did, with personal values; `erase --value ... --dry-run "
            "--format json` lists the records in which a personal value stands.",
            "Free text in `data`, archives of pruned records, other systems, and the information of Article "
            "15(1)(a) to (h) that goes with the answer.",
            ("data_access",),
        ),
        Control(
            "Article 17",
            "Right to erasure",
            "`erase` deletes personal values and their salts and records it; the commitments that are left "
            "cannot be opened or guessed.",
            "Exports, backups until they expire, actors and subjects, and free text in `data`. Whether "
            "Article 17(3)(b) or (e) is a ground to keep a record is a legal question.",
            ("record.erased",),
        ),
        Control(
            "Article 25(1)",
            "Data protection by design",
            "Fields declared `personal` never enter the hashed record or an archive, only salted "
            "commitments do.",
            "Fields that nobody declared.",
        ),
        Control(
            "Article 32(1)(d)",
            "Regular testing of the security of processing",
            "Verifications that anybody can repeat, with an exit code for schedules.",
            "Tests of anything else.",
        ),
        Control(
            "Article 33(5)",
            "Documentation of personal data breaches",
            "The course of an incident, as it was recorded at the time.",
            "The documentation itself, with the effects of the breach and the remedial action; the "
            "assessment; the notification within 72 hours (Article 33(1)).",
            ("incident", "security", "alert"),
        ),
    ),
    beyond="Legal basis, records of processing activities (Article 30), impact assessments (Article 35), "
    "transfers, and information of data subjects. Monitorgen supports compliance; it does not confer "
    "it.",
)
