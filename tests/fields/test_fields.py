"""Every field of a spec: the built tree, as a real server has loaded it, differs when the field does."""

from collections.abc import Iterator

import pytest

from tests.fields import audit, conditions, people, receiver, services, whole
from tests.fields.seen import Servers, servers
from tests.fields.witness import Witness
from tests.support.servers import Generation

WITNESSES = (
    *services.WITNESSES,
    *people.WITNESSES,
    *whole.WITNESSES,
    *conditions.WITNESSES,
    *audit.WITNESSES,
    *receiver.WITNESSES,
)


@pytest.fixture(scope="module")
def running(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers(generation, tmp_path_factory.mktemp("fields")) as found:
        yield found


@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: witness.path)
def test_field(witness: Witness, running: Servers) -> None:
    before, after = witness.specs()
    assert witness.observed(running.see(before)) == witness.before
    assert witness.observed(running.see(after)) == witness.after
    assert witness.before != witness.after
