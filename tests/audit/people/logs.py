"""Small logs for tests of what people do with one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from click.testing import Result

from monitorgen_exporters.audit.config import Settings, load_settings
from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.opening import open_log
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import create_store, open_store
from monitorgen_exporters.audit.trust import Trust, TrustedKey, write_trust
from tests.support.command_line import monitorgen

__all__ = ["ORIGIN", "Place", "entry", "fill"]

ORIGIN = "acme/audit/monitoring/1"


def entry(type: str, actor: str = "system:receiver", subject: str = "alert:High", **data: Any) -> Entry:
    """An entry; `ts` and `personal` are the record's own, everything else is data."""
    ts, personal = data.pop("ts", None), data.pop("personal", None)
    return new_entry(type=type, actor=actor, subject=subject, data=data, personal=personal, ts=ts)


def fill(url: str, entries: Sequence[Entry]) -> list[str]:
    """Makes a log of these records at `url`; returns their ids."""
    with create_store(url, ORIGIN) as store:
        assert store.try_sequencer()
        Sequencer(store).append(entries)
    return [each.record.id for each in entries]


@dataclass
class Place:
    """Where a log and all that belongs to it are; `settings` go into audit.yml."""

    url: str
    folder: Path
    key: SigningKey
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "audit.yml"

    @property
    def trust_file(self) -> Path:
        return self.folder / "trust.yml"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def write(self, **settings: Any) -> None:
        """Writes audit.yml and, if there is none, the trust file; `settings` add to those there are."""
        self.settings |= settings
        told = {
            "organization": "acme",
            "log": self.url,
            "key": {"file": str(self.folder / "audit.key")},
            "guard": str(self.folder / "guard"),
            "trust": str(self.trust_file),
            **self.settings,
        }
        self.config.write_text(yaml.safe_dump(told))
        if not self.trust_file.exists():
            write_trust(Trust(ORIGIN, (TrustedKey(self.key.verifier),)), self.trust_file)

    def load(self) -> Settings:
        return load_settings(self.config)

    def run(self, *words: str | Path) -> Result:
        """`monitorgen audit WORDS --config audit.yml`."""
        return monitorgen("audit", *words, "--config", self.config)

    def run_without_log(self, *words: str | Path) -> Result:
        """`monitorgen audit WORDS --trust trust.yml`."""
        return monitorgen("audit", *words, "--trust", self.trust_file)

    def fill(self, entries: Sequence[Entry]) -> list[str]:
        """Appends to the log, which is made if need be; returns the ids."""
        with open_log(self.load(), background=False) as log:
            return log.append_many(entries)

    def confirm(self) -> int:
        """Has an anchor confirm the newest checkpoint, as the outbox would; returns its size."""
        with open_store(self.url) as store:
            origin, size, note = store.query(
                "SELECT origin, size, note FROM audit_checkpoint ORDER BY origin DESC, size DESC LIMIT 1"
            )[0]
            store.insert("audit_outbox", [("test", origin, size, note, 0, now(), None, now())])
        return int(size)
