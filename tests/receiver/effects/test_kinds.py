"""The kinds are named apart, and a row of the outbox reads back as it was written."""

import json

from monitorgen_exporters.receiver.effects.kind import Effect
from monitorgen_exporters.receiver.effects.registry import KINDS
from monitorgen_exporters.receiver.tables import EFFECT


def test_names_of_kinds_are_their_own() -> None:
    assert [kind.name for kind in KINDS] == ["http", "command"]


def test_an_effect_is_made_of_the_columns_of_the_table() -> None:
    row = [f"of {column}" for column in EFFECT.columns]
    columns = list(EFFECT.columns)
    row[columns.index("request")] = json.dumps({"labels": {"a": "b"}})
    row[columns.index("result")] = ""
    found = Effect.of(row)
    assert (found.id, found.owner, found.changed_at) == ("of id", "of owner", "of changed_at")
    assert found.request == {"labels": {"a": "b"}}
    assert found.result == {}
