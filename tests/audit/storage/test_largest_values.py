"""What a record takes, every store takes: a row that cannot go into the tree would stop those after it."""

import random

from monitorgen_exporters.audit.intake import append_to
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import new_record
from monitorgen_exporters.audit.store import open_store


def test_the_longest_values_go_through_the_intake_into_the_tree(log_url: str) -> None:
    chance = random.Random(1)  # noqa: S311
    # Four bytes each in UTF-8, and not to be compressed.
    wide = "".join(chr(chance.randrange(0x10000, 0x10FFFF)) for _ in range(500))
    record = new_record(
        "a" * 40 + "." + "b" * 40,
        "k" * 40 + ":" + wide,
        "k" * 40 + ":" + wide,
        {"incident": wide[:200], "severity": wide[:200], "text": "nul \x00 and \x7f", "long": wide * 100},
        commitments={wide[:200]: "ab" * 32},
    )
    with AuditLog.create(log_url, origin="example.org/audit/main/1", background=False) as log:
        with open_store(log_url) as store:
            append_to(store, [record])
        log.tend()
        assert log.status().waiting == 0
        assert log.size == 2
