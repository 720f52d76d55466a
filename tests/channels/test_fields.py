"""Every field of every channel changes what the real Alertmanager sends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitorgen.vocabulary.channels import CHANNELS, Channel
from tests.channels.trials import Evidence, bench, try_all
from tests.channels.witnesses import ELSEWHERE, WITNESSES, Witness, channels, known_to
from tests.support.servers import Generation

# Where a field is witnessed by a test of its own.
_OWN_TESTS = {("webhook", "timeout"), ("webhook", "method")}

_FAILING = {
    f"{witness.name}-{when}"
    for witness in WITNESSES
    for when, seen in (("before", witness.before), ("after", witness.after))
    if seen is False and witness.of != "send_resolved"
}


@pytest.fixture(scope="module")
def evidence(
    generation: Generation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Evidence]]:
    """What each witness's two channels did, by name."""
    folder: Path = tmp_path_factory.mktemp("channels")
    with bench(folder) as tried:
        yield try_all(generation, tried, _usable(channels(tried), generation), _FAILING, folder)


def _usable(
    all_channels: dict[str, dict[str, object]], generation: Generation
) -> dict[str, dict[str, object]]:
    """All but those that an old Alertmanager cannot have at all."""
    unknown = {f"{w.name}-after" for w in WITNESSES if w.label == "file" and not _known(w, generation)}
    return {name: channel for name, channel in all_channels.items() if name not in unknown}


def _known(witness: Witness, generation: Generation) -> bool:
    return known_to(witness, generation.versions["alertmanager"])


@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: witness.name)
def test_field(witness: Witness, generation: Generation, evidence: dict[str, Evidence]) -> None:
    before = evidence[f"{witness.name}-before"]
    assert witness.observed(before) == witness.before, before.log
    if _known(witness, generation):
        after = evidence[f"{witness.name}-after"]
        assert witness.observed(after) == witness.after, after.log
        assert not after.delivery.problems
    elif witness.label != "file":
        after = evidence[f"{witness.name}-after"]
        assert witness.observed(after) == witness.before
        assert [(p.code.id, p.field) for p in after.delivery.problems] == [("MG0620", witness.of)]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.kind())
def test_no_field_without_a_witness(channel: type[Channel]) -> None:
    fields = {info.alias or name for name, info in channel.model_fields.items()}
    witnessed = {witness.of for witness in WITNESSES if witness.kind == channel.kind()}
    own = {name for kind, name in _OWN_TESTS if kind == channel.kind()}
    assert fields == witnessed | own | set(ELSEWHERE)
