"""A log with real anchors beside it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitorgen_exporters.audit.keyfile import generate
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from monitorgen_exporters.audit.witness.judgement import Witness
from monitorgen_exporters.audit.witness.memory import Memory
from monitorgen_exporters.audit.witness.server import serving
from tests.audit.people.logs import ORIGIN, Place
from tests.audit.witness.serving import KEY


@pytest.fixture
def place(tmp_path: Path, log_url: str) -> Place:
    """Where a log will be; its settings name a git remote."""
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True, timeout=300)
    found = Place(log_url, tmp_path, generate(tmp_path / "audit.key", ORIGIN))
    found.write(anchors={"git": {"repository": str(remote)}})
    return found


@pytest.fixture
def witness(place: Place) -> Iterator[str]:
    """A witness of that log; the settings name it too."""
    memory = Memory.create(place.folder / "witness.db")
    trust = Trust(ORIGIN, (TrustedKey(place.key.verifier),))
    with serving(Witness(KEY, memory, {ORIGIN: trust}), "127.0.0.1", 0) as where:
        own = {"w1": {"url": f"http://{where}", "key": str(KEY.verifier)}}
        place.write(anchors={**place.settings["anchors"], "witnesses": own})
        yield f"http://{where}"
    memory.close()
