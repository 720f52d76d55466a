"""A whole receiver, put together from its settings."""

from contextlib import suppress
from pathlib import Path
from typing import Self

from monitorgen_exporters.audit.anchors.feeding import Feeding
from monitorgen_exporters.audit.anchors.metrics import LogCollector
from monitorgen_exporters.audit.anchors.planning import Surroundings, clone_of
from monitorgen_exporters.audit.anchors.registry import planned_anchors
from monitorgen_exporters.audit.anchors.status import LogStatus, read_status
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.opening import open_log
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.receiver.access.key_rows import read_keys
from monitorgen_exporters.receiver.access.keyring import Keyring
from monitorgen_exporters.receiver.access.noting import Noting
from monitorgen_exporters.receiver.access.tokens import Tokens
from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.config import Settings
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.effects.registry import KINDS
from monitorgen_exporters.receiver.effects.runner import Runner
from monitorgen_exporters.receiver.escalation.running import Timers
from monitorgen_exporters.receiver.following import following
from monitorgen_exporters.receiver.health import Health
from monitorgen_exporters.receiver.ingest import Ingest
from monitorgen_exporters.receiver.live import Live
from monitorgen_exporters.receiver.metrics import Metrics
from monitorgen_exporters.receiver.part import Part, start_all, stop_all
from monitorgen_exporters.receiver.retention import Retention
from monitorgen_exporters.receiver.state_metrics import StateCollector
from monitorgen_exporters.receiver.work import Recorder

__all__ = ["Service", "open_database"]


def open_database(settings: Settings, *, background: bool = True) -> Database:
    """The database of the settings, made where there is none.

    Raises KeyFileError, GuardError and StoreError.
    """
    log = open_log(settings.audit, background=background)
    recorder = Recorder(Filters(settings.audit.filters, settings.severities), tuple(settings.audit.personal))
    try:
        return Database(log, settings.audit.log, recorder, following(settings))
    except BaseException:
        with suppress(Exception):
            log.close()
        raise


class Service:
    """Everything of a receiver but its HTTP server; a context manager that starts and stops it.

    Killed at any moment, it has lost nothing that it answered for: each part goes on from the database.
    """

    def __init__(self, settings: Settings, rules_file: Path | None = None) -> None:
        """Opens the database; raises as `open_database` does.

        `rules_file` is what the compiler wrote of the rules, beside the settings.
        """
        self.settings = settings
        self.rules_file = rules_file
        self.metrics = Metrics()
        self.database = open_database(settings)
        self.keyring = Keyring(settings.all_roles)
        self.tokens = (
            None if settings.jwt is None else Tokens(settings.jwt, settings.users, settings.all_roles)
        )
        self.noting = Noting(self.database, self.keyring)
        self.ingest = Ingest(self.database, self.metrics.applied)
        self.metrics.waiting.set_function(lambda: self.ingest.waiting)
        self.metrics.add(LogCollector(self._log_status))
        self.live = Live(self.database)
        self.effects = Runner(self.database, settings, KINDS)
        self.metrics.add(StateCollector(self.database.read, self.effects.counts))
        self._anchors = planned_anchors(settings.audit.anchors)
        self._parts: tuple[Part, ...] = (
            Feeding(
                lambda: open_store(settings.audit.log), self._anchors, clone=clone_of(settings.audit.guard)
            ),
            Retention(self.database, settings.retention),
            self.noting,
            self.effects,
            Timers(self.database, settings.acknowledgement, self.metrics.registry),
            *(
                Reconciler(self.database, name, source, source.alertmanager)
                for name, source in settings.sources.items()
                if source.alertmanager is not None
            ),
            # Last to start and first to stop: what it takes, the others follow.
            self.ingest,
        )
        self.health = Health(self.database, self.ingest)

    @property
    def place(self) -> str:
        """Where it keeps everything, as people may be told."""
        with self.database.read() as store:
            return store.place

    def any_key(self) -> bool:
        """Whether an API key was ever made; raises StoreError."""
        with self.database.read() as store:
            return bool(read_keys(store))

    def __enter__(self) -> Self:
        try:
            start_all(self._parts)
        except BaseException:
            self.database.close()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        try:
            stop_all(self._parts)
        finally:
            self.database.close()

    def _log_status(self) -> LogStatus:
        with self.database.read() as store:
            surroundings = Surroundings.of(store, clone_of(self.settings.audit.guard))
            return read_status(store, [planned.fed(surroundings) for planned in self._anchors])
