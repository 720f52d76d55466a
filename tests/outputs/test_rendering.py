"""A large stack, rendered by several processes: the same files as by one, whatever becomes of the others."""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path

import pytest

from monitorgen.model.lazy import Lazy
from monitorgen.model.panels import Dashboard
from monitorgen.model.stack import Stack
from monitorgen.outputs.base import Each, Output, Rendered, nothing
from monitorgen.outputs.rendering import rendered
from tests.support.stacks import stack
from tests.support.waiting import wait_until

COUNT = 1000
STACK = stack(
    dashboards=Lazy([partial(Dashboard, f"uid-{n}", f"title {n}", "", "", ()) for n in range(COUNT)])
)
MAIN = os.getpid()


def whole(stack: Stack) -> Rendered:
    yield "whole", f"{len(stack.dashboards)} at {os.getpid()}"


def each(stack: Stack, item: Dashboard) -> Rendered:  # noqa: ARG001
    yield f"first/{item.uid}", item.title
    yield f"second/{item.uid}", f"{os.getpid()}\n" * 1000


def outputs(render: Callable[[Stack, Dashboard], Rendered] = each) -> list[Output]:
    return [
        Output("a", "", whole, Each(lambda stack: stack.dashboards, render)),
        Output("b", "", nothing),
    ]


def written(files: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    found = list(files)
    assert len({path for path, _ in found}) == len(found) == 2 * COUNT + 1
    return dict(found)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_file_is_made_once(processes: int) -> None:
    files = written(rendered(outputs(), STACK, processes))
    makers = {content.split()[0] for path, content in files.items() if path.startswith("second/")}
    assert str(MAIN).encode() in makers
    assert len(makers) <= processes
    assert files["whole"] == f"{COUNT} at {MAIN}".encode()
    assert all(files[f"first/uid-{n}"] == f"title {n}".encode() for n in range(COUNT))


def test_helpers_do_part_of_the_work(tmp_path: Path) -> None:
    helped = tmp_path / "helped"

    def waits(stack: Stack, item: Dashboard) -> Rendered:
        if os.getpid() == MAIN:
            wait_until(helped.exists)
        else:
            helped.touch()
        return each(stack, item)

    files = written(rendered(outputs(waits), STACK, 2))
    assert len({content.split()[0] for path, content in files.items() if path.startswith("second/")}) == 2


def test_what_a_killed_helper_took_is_made_here() -> None:
    def dies(stack: Stack, item: Dashboard) -> Rendered:
        if os.getpid() != MAIN:
            os.kill(os.getpid(), signal.SIGKILL)
        return each(stack, item)

    files = written(rendered(outputs(dies), STACK, 3))
    assert {content.split()[0] for path, content in files.items() if path.startswith("second/")} == {
        str(MAIN).encode()
    }


def test_an_exception_in_a_helper_is_raised_here() -> None:
    def fails(stack: Stack, item: Dashboard) -> Rendered:
        if item.uid == "uid-777":
            raise ZeroDivisionError(item.uid)
        return each(stack, item)

    with pytest.raises(ZeroDivisionError, match="uid-777"):
        list(rendered(outputs(fails), STACK, 2))


def test_helpers_end_when_nobody_wants_their_files(monkeypatch: pytest.MonkeyPatch) -> None:
    forked: list[int] = []
    fork = os.fork

    def noted() -> int:
        child = fork()
        forked.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    files = rendered(outputs(), STACK, 2)
    next(files)
    assert isinstance(files, Generator)
    files.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(forked[0], os.WNOHANG)
