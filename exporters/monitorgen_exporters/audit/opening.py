"""From settings to an open log: its key, its guard, its anchors' names, and its origin."""

from pathlib import Path

from monitorgen.vocabulary.secrets import SecretFile
from monitorgen_exporters.audit import keyfile
from monitorgen_exporters.audit.anchors.registry import planned_anchors
from monitorgen_exporters.audit.config import Settings
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.keyfile import KeyFileError
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.store.errors import NotALog, NotFound
from monitorgen_exporters.audit.trust import TrustError, load_trust

__all__ = ["FIRST_INCARNATION", "open_log", "signer_from", "signing_key"]

FIRST_INCARNATION = "1"


def signing_key(settings: Settings) -> SigningKey:
    """The log's private key, from the file or the variable that the settings name; raises KeyFileError."""
    if isinstance(settings.key, SecretFile):
        return keyfile.load(settings.key.file)
    key = keyfile.from_environment(settings.key.env)
    if key is None:
        raise KeyFileError(
            f"the environment variable {settings.key.env}, which is to hold the key, is not set"
        )
    return key


def signer_from(settings: Settings) -> Signer:
    """Who signs the log's checkpoints; raises KeyFileError.

    Also for a key that is not active in the trust file, where that is at hand: a checkpoint that a key signs
    after it was rotated out stays in the log, and every verifier takes it for a forgery.
    """
    key = signing_key(settings)
    if settings.trust is not None:
        _refuse_unless_active(key, settings.trust)
    return Signer(
        (key,),
        Guard(settings.guard),
        tuple(planned.name for planned in planned_anchors(settings.anchors)),
        seconds=settings.checkpoints.every,
        records=settings.checkpoints.records,
    )


def _refuse_unless_active(key: SigningKey, trust: str) -> None:
    try:
        keys = load_trust(trust).keys
    except TrustError:
        return  # the signer's host need not have it
    status = next((each.status for each in keys if each.vkey == key.verifier), "unknown")
    if status == "active":
        return
    said = "does not know it" if status == "unknown" else f"says that it is {status}"
    raise KeyFileError(
        f"key {key.verifier.key_id.hex()} of `audit.key` does not sign: the trust file {trust} {said}. Set "
        "`audit.key` to the key that is active there; `monitorgen audit keys list` shows it"
    )


def open_log(settings: Settings, *, url: str | None = None, background: bool = True) -> AuditLog:
    """The log that the settings describe, open for appending; a new one where there is none yet.

    That a log is gone is not taken for a new one: its guard knows how far it had come, and refuses. Raises
    KeyFileError, GuardError and StoreError.
    """
    place = url or settings.log
    signer = signer_from(settings)
    try:
        return AuditLog.open(place, signer=signer, background=background)
    except (NotFound, NotALog):
        if "://" not in place:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        origin = settings.origin_prefix + FIRST_INCARNATION
        return AuditLog.create(place, origin=origin, signer=signer, background=background)
