"""A log through its whole life, by the verbs alone: after each step `verify` finds nothing wrong."""

import json
import shutil

from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.store import open_store
from tests.audit.people.logs import Place, entry
from tests.audit.people.test_prune import days_ago


def verified(place: Place) -> dict[str, object]:
    result = place.run("verify", "--no-anchors", "--format", "json")
    said: dict[str, object] = json.loads(result.output)
    assert result.exit_code == 3, said["findings"]
    assert said["findings"] == []
    return said


def test_through_its_whole_life(place: Place) -> None:
    place.write(retention={"keep": "1d", "archive": str(place.archive)}, personal=["email"])
    old = [entry("auth.login", ts=days_ago(3), personal={"email": "ann@acme.example"}) for _ in range(520)]
    place.fill(old)
    verified(place)

    assert place.run("erase", "--value", "email", "ann@acme.example", "--reason", "request 7").exit_code == 0
    assert verified(place)["erased_fields"] == 520

    assert place.run("keys", "generate", place.folder / "next.key").exit_code == 0
    assert place.run("keys", "rotate", place.folder / "next.key").exit_code == 0
    place.write(key={"file": str(place.folder / "next.key")})
    place.fill([entry("auth.logout")])
    assert len(verified(place)["keys"]) == 2  # type: ignore[arg-type]

    place.confirm()
    assert "1024 records pruned" in place.run("prune").output  # the erasures among them stay
    assert len(verified(place)["prunings"]) == 1  # type: ignore[arg-type]
    (archived,) = place.archive.iterdir()
    assert place.run_without_log("verify-archive", archived).exit_code == 0

    with open_store(place.url, readonly=True) as store:
        note = newest_checkpoint(store)
    assert note is not None
    (place.folder / "newest.note").write_bytes(note)
    restored = place.run(
        "restore", "--from", place.folder / "newest.note", "--reason", "moved", "--even-if-whole"
    )
    assert restored.exit_code == 0, restored.stderr
    place.fill([entry("auth.login")])
    said = verified(place)
    assert said["incarnation"] == "2"
    assert len(said["restores"]) == 1  # type: ignore[arg-type]

    shutil.move(place.folder / "next.key", place.folder / "stolen.key")
    assert place.run("keys", "generate", place.folder / "third.key").exit_code == 0
    size = str(said["size"])
    words = ("keys", "compromised", place.folder / "third.key", "--last-good-size", size)
    assert place.run(*words).exit_code == 0
    verified(place)
