"""No field of a spec without a witness."""

from functools import cache

import pytest
from pydantic import BaseModel

from monitorgen.spec.sections import PrometheusServer, RemoteWriteTarget
from monitorgen.vocabulary.discovery import DISCOVERIES
from tests.fields.models import Field, fields, reachable, walked
from tests.fields.test_fields import WITNESSES
from tests.fields.test_remote_write import FIELDS as REMOTE_WRITE
from tests.support.checkout import TOP

ELSEWHERE = {
    "monitorgen.vocabulary.channels": "tests/channels/test_fields.py",
    "monitorgen.vocabulary.checks": "tests/checks/test_fields.py",
    "monitorgen.vocabulary.discovery": "tests/discovery/test_blocks.py",
}
"""Where each kind of a family is held to the same."""

SAME_FOR_ALL = {"CheckAlert"}
"""Models of those families that are the same for every kind, and so witnessed here."""

KEYS = {"type"} | {discovery.key for discovery in DISCOVERIES}
"""What only chooses a kind."""


@cache
def _witnessed() -> set[Field]:
    """The fields that the witnesses' paths go through."""
    found: set[Field] = {(RemoteWriteTarget, key) for key in REMOTE_WRITE} | {
        (PrometheusServer, "remote_write")
    }
    for witness in WITNESSES:
        _, after = witness.specs()
        found.update(walked(tuple(witness.path.split(".")), after))
    return found


MODELS = sorted(
    (
        model
        for model in reachable()
        if model.__name__ in SAME_FOR_ALL or not model.__module__.startswith(tuple(ELSEWHERE))
    ),
    key=lambda model: model.__name__,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_a_witness(model: type[BaseModel]) -> None:
    seen = {key for owner, key in _witnessed() if owner is model}
    assert set(fields(model)) - seen - KEYS == set()


@pytest.mark.parametrize("path", ELSEWHERE.values())
def test_the_other_families_are_held_to_the_same(path: str) -> None:
    assert "model_fields" in (TOP / path).read_text()
