"""`audit/audit.yml`."""

import yaml

from monitorgen.outputs.audit import OUTPUT
from tests.support.stacks import EMPTY, stack


def test_without_a_log_there_is_no_file() -> None:
    assert list(OUTPUT.render(EMPTY)) == []


def test_the_settings_are_written_as_they_are() -> None:
    settings = {"log": "audit.db", "key": {"file": "a: b"}, "stale_after": "1h", "severities": ["off", "on"]}
    ((path, text),) = OUTPUT.render(stack(audit=settings))
    assert path == "audit/audit.yml"
    assert yaml.safe_load(text) == settings
