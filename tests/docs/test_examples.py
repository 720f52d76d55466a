"""Every YAML example of the pages compiles without a word of complaint."""

from collections.abc import Iterator

import pytest
import yaml

from scripts.documentation.examples import NOT_A_SPEC, compiled
from scripts.documentation.markdown import fences, pages
from tests.support.checkout import TOP


def examples() -> Iterator[tuple[str, str]]:
    """(page:line, text) of every YAML block that is a spec."""
    for page in pages(TOP):
        for fence in fences(page.read_text()):
            if fence.language == "yaml" and not fence.generated and fence.before != NOT_A_SPEC:
                yield f"{page.relative_to(TOP)}:{fence.line}", fence.text


EXAMPLES = dict(examples())


@pytest.mark.parametrize("place", EXAMPLES)
def test_it_compiles(place: str) -> None:
    result = compiled(EXAMPLES[place])
    assert result.faults() == []
    assert all(result.files)


def test_there_are_examples() -> None:
    pages_with_one = {place.rpartition(":")[0] for place in EXAMPLES}
    kinds = {
        str(page.relative_to(TOP))
        for folder in ("conditions", "channels", "checks", "discovery", "spec", "outputs")
        for page in (TOP / "docs" / folder).glob("*.md")
    }
    assert kinds - pages_with_one == {"docs/outputs/README.md"}


def test_a_wrong_example_is_found() -> None:
    assert compiled("services: {checkout: {alerts: {a: {severity: high}}}}").faults()
    assert compiled("channels: {m: {type: email, recipients: [a]}}").faults()
    assert compiled("defaults: {scrape_intervall: 30s}").faults()


def test_warnings_count() -> None:
    checks = {"home": {"type": "http", "url": "https://shop.acme.example/"}}
    faults = compiled(yaml.safe_dump({"services": {"shop": {"checks": checks}}})).faults()
    assert [fault.split()[0] for fault in faults] == ["MG0324"]
