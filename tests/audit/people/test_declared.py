"""What the log says of itself is read back as it was written, and nothing else is believed."""

import pytest

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.declared import BadDeclaration, Erased, Pruned, Restored, Rotated
from monitorgen_exporters.audit.record import decode, encode, new_record

DECLARATIONS = (
    Pruned(0, 512, 600, "ab", ("cd", "ef"), "400d"),
    Pruned(256, 512, 600, "ab", ("cd",), "400d", "a.jsonl.gz", "99"),
    Erased("0199-id", ("email", "name"), "request 12"),
    Restored("acme/audit/a/1", 17, "ab"),
    Restored("acme/audit/a/1", 17, "ab", 40, "disk lost"),
    Rotated("new+1+k", "old+2+k"),
    Rotated("new+1+k", "old+2+k", True, "laptop stolen"),
)


@pytest.mark.parametrize("said", DECLARATIONS, ids=str)
def test_it_comes_back_from_the_bytes_of_a_record(said: Pruned | Erased | Restored | Rotated) -> None:
    record = decode(encode(new_record("log.said", "system:log", "log:a", said.data())))
    assert type(said).read(record) == said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("from_pos", None),
        ("from_pos", "0"),
        ("from_pos", True),
        ("to_pos", -1),
        ("hashes", "cd"),
        ("hashes", [1]),
        ("keep", 400),
        ("archive", ["a"]),
    ],
)
def test_what_is_not_of_its_shape_is_refused(key: str, value: Json) -> None:
    data = {**DECLARATIONS[0].data(), key: value}
    with pytest.raises(BadDeclaration, match=rf"data\.{key} of a log\.pruned"):
        Pruned.read(new_record("log.pruned", "system:log", "log:a", data))
