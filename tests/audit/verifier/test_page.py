"""The page on verifying names every kind of fault, and none that is not there."""

import re

from monitorgen_exporters.audit.verify.findings import Kind
from tests.support.checkout import TOP


def test_every_kind_has_its_line() -> None:
    text = (TOP / "docs" / "audit" / "verify.md").read_text().partition("## The faults")[2]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == sorted(Kind)
