"""Every link of the pages leads somewhere, and every page can be reached."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.documentation.markdown import anchors, links, pages
from tests.support.checkout import TOP, checkout_files

PAGES = pages(TOP)


def broken(page: Path, text: str) -> Iterator[str]:
    """The links of a page of this text that lead nowhere."""
    for line, target in links(text):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.relative_to(TOP)}:{line}: there is no {target}"
        elif anchor and anchor not in anchors(file.read_text()):
            yield f"{page.relative_to(TOP)}:{line}: {path or page.name} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_resolve(page: Path) -> None:
    assert list(broken(page, page.read_text())) == []


def test_a_broken_link_is_found() -> None:
    page = TOP / "docs" / "cli.md"
    text = "see [a](nowhere.md), [b](cli.md#none) and [c](#check), not `[d](d.md)`"
    assert [problem.rpartition(": ")[2] for problem in broken(page, text)] == [
        "there is no nowhere.md",
        "cli.md has no heading #none",
    ]


def test_every_page_can_be_reached() -> None:
    reached, todo = set[Path](), [TOP / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            paths = (target.partition("#")[0] for _, target in links(page.read_text()))
            todo += [(page.parent / path).resolve() for path in paths if path and "://" not in path]
    assert {str(page.relative_to(TOP)) for page in set(PAGES) - reached} == set()


def test_no_page_is_left_uncommitted() -> None:
    assert {page.relative_to(TOP) for page in PAGES} <= set(checkout_files())
