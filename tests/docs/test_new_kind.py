"""The worked example of the architecture page: a channel is one module, one line, one test and one page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scripts.documentation.markdown import Fence, fences
from tests.support.checkout import TOP, checkout_files
from tests.support.servers import Generation


def files() -> Iterator[tuple[str, Fence]]:
    """(path, block) of every file of the worked example."""
    text = (TOP / "docs" / "architecture.md").read_text()
    for fence in fences(text.partition("### Worked example")[2]):
        named = re.search(r"`(\w[\w/.]+\.\w+)`[^`]*:$", fence.before)
        if named:
            yield named[1], fence


def patched(text: str, patch: str) -> str:
    """`text` with the lines of a patch: `-` out, `+` in, each where the line before it stands."""
    before: str | None = None
    for line in patch.splitlines():
        mark, rest = line[:1], line[1:]
        if mark == "+":
            assert before is not None
            text = text.replace(before, rest + "\n" if before.startswith("\0") else before + rest + "\n", 1)
            before = rest + "\n"
            continue
        assert text.count(rest + "\n") == 1, f"the patch is about `{rest}`, which is not there"
        before = rest + "\n"
        if mark == "-":
            text, before = text.replace(before, "\0removed\n"), "\0removed\n"
    return text


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the example in it, its pages filled."""
    copy = tmp_path_factory.mktemp("checkout")
    for file in checkout_files():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / file, copy / file)
    (copy / ".servers").symlink_to(TOP / ".servers")
    for path, fence in files():
        file = copy / path
        file.write_text(patched(file.read_text(), fence.text) if fence.language == "diff" else fence.text)
    run(copy, "-m", "scripts.documentation")
    return copy


def run(checkout: Path, *arguments: str | Path, cwd: Path | None = None) -> str:
    """What the copy's Python prints; it must succeed."""
    paths = ":".join(str(checkout / root) for root in ("", "generator", "exporters"))
    # What the outer pytest was told is not meant for this one.
    environment = {**os.environ, "PYTHONPATH": paths, "PYTEST_ADDOPTS": ""}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd or checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def monitorgen(checkout: Path, cwd: Path, *arguments: str) -> str:
    """What the copy's `monitorgen` prints."""
    return run(checkout, "-c", "from monitorgen.cli import main; main()", *arguments, cwd=cwd)


def test_the_files_of_the_example() -> None:
    assert [path for path, _ in files()] == [
        "generator/monitorgen/vocabulary/channels/telegram.py",
        "generator/monitorgen/vocabulary/channels/__init__.py",
        "tests/channels/test_telegram.py",
        "tests/channels/test_fields.py",
        "docs/channels/telegram.md",
    ]


def test_amtool_accepts_what_it_builds(checkout: Path, newest: Generation, tmp_path: Path) -> None:
    (page,) = (fence for path, fence in files() if path.endswith("telegram.md"))
    (example,) = (fence.text for fence in fences(page.text) if fence.language == "yaml")
    spec = tmp_path / "spec"
    spec.mkdir()
    (spec / "telegram.yaml").write_text(example)
    (spec / "rest.yaml").write_text(
        "organization: acme\n"
        "teams: {payments: {notify: {default: [payments-chat]}}}\n"
        "services: {shop: {team: payments, checks: {home: {type: tcp, host: shop, port: 80,"
        " alert: {severity: high}}}}}\n"
    )
    monitorgen(checkout, tmp_path, "build")
    done = newest.amtool("check-config", tmp_path / "build" / "alertmanager" / "alertmanager.yml")
    assert done.returncode == 0, done.stderr
    config = (tmp_path / "build" / "alertmanager" / "alertmanager.yml").read_text()
    assert "telegram_configs:" in config
    assert "telegram" in monitorgen(checkout, tmp_path, "schema")


TESTS: Sequence[str] = (
    "tests/channels/test_telegram.py",
    "tests/channels/test_fields.py::test_no_field_without_a_witness",
    "tests/test_import_direction.py",
    "tests/docs/test_coverage.py",
    "tests/docs/test_examples.py",
    "tests/docs/test_links.py::test_links_resolve",
)


def test_the_tests_of_the_house_pass_with_it(checkout: Path, newest: Generation) -> None:
    assert newest
    run(checkout, "-m", "pytest", "-p", "no:cacheprovider", *TESTS)


def test_the_static_checks_pass_with_it(checkout: Path) -> None:
    written = [path for path, _ in files() if path.endswith(".py")]
    run(checkout, "-m", "ruff", "check", "--no-cache", *written)
    run(checkout, "-m", "ruff", "format", "--no-cache", "--check", *written)
    run(checkout, "-m", "mypy", "--no-error-summary", "--cache-dir", checkout / ".mypy_cache", *written)
