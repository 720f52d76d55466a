"""Where an alert goes by our own walk of the tree is where Alertmanager sends it."""

import random
from collections.abc import Iterator

import pytest

from monitorgen.model.routing import Receiver, Route, RoutingTree
from monitorgen.outputs.alertmanager import OUTPUT
from monitorgen.proofs.route_tree import Undecided, of_model, walk
from monitorgen.proofs.routes import ROUTES
from tests.support.routers import Router
from tests.support.stacks import stack

LABELS = ("team", "severity", "service", "notify")
VALUES = (
    "",
    "a",
    "b",
    'quo"ted',
    "back\\slash",
    "\\n",
    "line\nbreak",
    "tab\there",
    " spaces ",
    "comma, brace}",
    '{a="b"}',
    "=~.*",
    "Ünïcode 日本",
    "\U0001f600",
    "\u202eright",
    "true",
)


def random_tree(pick: random.Random) -> Route:
    """A tree of about twenty routes, each with a receiver of its own."""
    names = (f"r{number}" for number in range(1000))

    def route(depth: int) -> Route:
        match = tuple((label, pick.choice(VALUES)) for label in pick.sample(LABELS, pick.randint(1, 2)))
        width = pick.randint(0, 3) if depth < 3 else 0
        return Route(next(names), match, (), routes=tuple(route(depth + 1) for _ in range(width)))

    return Route("root", (), (), routes=tuple(route(1) for _ in range(6)))


def all_routes(route: Route) -> Iterator[Route]:
    yield route
    for child in route.routes:
        yield from all_routes(child)


def label_sets(pick: random.Random, root: Route) -> Iterator[dict[str, str]]:
    """Label sets, most of them made to fit some route of the tree."""
    found = list(all_routes(root))
    for _ in range(12):
        labels = {label: pick.choice(VALUES) for label in pick.sample(LABELS, pick.randint(0, 4))}
        path = pick.choice(found)
        yield labels | dict(path.match)


@pytest.mark.parametrize("seed", range(5))
def test_walk_agrees_with_alertmanager(seed: int, router: Router) -> None:
    pick = random.Random(seed)  # noqa: S311
    root = random_tree(pick)
    receivers = tuple(Receiver(route.receiver, (), ()) for route in all_routes(root))
    tree = RoutingTree(root, receivers)
    some = list(label_sets(pick, root))
    ours = []
    for labels in some:
        paths = walk(of_model(tree), labels)
        assert not isinstance(paths, Undecided)
        ours.append(",".join(path[-1].receiver for path in paths))
    theirs = router.receivers(dict(OUTPUT.render(stack(routing=tree)))[ROUTES], some)
    assert list(zip(some, theirs, strict=True)) == list(zip(some, ours, strict=True))
