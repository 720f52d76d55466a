"""`audit:` held against the rest of the spec."""

import pytest

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.tree import load_text
from monitorgen.vocabulary.fields import example

KEY = "key: {file: audit.key}"


def found(section: str) -> list[Diagnostic]:
    loaded = load_text(example("") + f"audit: {{{section}}}\n")
    return [d for one in compile_all(loaded) for d in one.diagnostics]


@pytest.mark.parametrize(
    ("section", "code", "text"),
    [
        (f"log: a/b.db, {KEY}, filters: {{record: {{}}}}", "MG0650", "records of `record.*`"),
        (f"log: a/b.db, {KEY}, filters: {{x: {{min_severity: hgh}}}}", "MG0312", "no severity `hgh`"),
        (f"log: a/b.db, {KEY}, filters: {{x: {{enabled: false}}}}", "MG0314", "`x` is switched off"),
        (f"log: /a/b.db, {KEY}, guard: /a/guard", "MG0651", "in the folder of the log"),
        (f"log: sqlite:////a/b.db, {KEY}, guard: /a/guard", "MG0651", "in the folder of the log"),
        (f"log: a/b.db, {KEY}, anchors: {{prometheus: {{enabled: no}}}}", "MG0652", "no anchor"),
        (f"log: mysql://a/b, {KEY}", "MG0204", "not the address of a log"),
        (f"log: a/b.db, {KEY}, filters: {{x: {{actions: [Login]}}}}", "MG0205", "not a word"),
        (f"log: a/b.db, {KEY}, filters: {{Auth: {{}}}}", "MG0205", "not a word"),
        ("log: a/b.db, key: hunter2", "MG0210", "a secret must not be written"),
        ("log: a/b.db, key: {env: 'a b'}", "MG0210", "not the name of an environment variable"),
        (f"log: a/b.db, {KEY}, checkpoints: {{records: 0}}", "MG0204", "greater than or equal to 1"),
        (f"log: a/b.db, {KEY}, retention: {{archive: /a}}", "MG0202", "has no `keep`"),
    ],
)
def test_a_fault_is_told_at_its_place(section: str, code: str, text: str) -> None:
    (only,) = found(section)
    assert (only.code, text in only.message) == (code, True), only
    assert only.span is not None
    assert only.span.line == 13


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://audit:hunter2@db/audit",
        "postgres://:hunter2@db/audit",
        "postgresql://db/audit?user=a&password=hunter2",
        "postgresql:///audit?password=hunter2",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    (only,) = found(f'log: "{url}", {KEY}')
    assert only.code == "MG0210"
    assert "hunter2" not in f"{only.message}{only.hint}"


@pytest.mark.parametrize(
    "section",
    [
        f"log: audit.db, {KEY}",
        f"log: postgresql://audit@db:5432/audit, {KEY}",
        f"log: sqlite:////srv/audit/c.db, {KEY}",
        f"log: audit.db, {KEY}, anchors: {{prometheus: {{enabled: no}}, git: {{repository: /srv/a.git}}}}",
        f"log: audit.db, {KEY}, filters: {{extra: {{resources: [auth, 'alert:High']}}}}",
    ],
)
def test_what_is_right_is_not_complained_of(section: str) -> None:
    assert found(section) == []


def test_a_log_is_not_asked_for() -> None:
    (one,) = compile_all(load_text(example("")))
    assert one.stack is not None
    assert one.stack.audit is None
