"""The signer's own memory: it never signs two checkpoints of which one is not the continuation of the other.

The memory is a file of the signer, not a table of the database, so a database that was rolled back (restored
from a backup, or by somebody who wants to change the past) is refused instead of signed again.

What makes it safe at every moment: the new checkpoint is on disk in the memory before its signature exists.
A signer that dies in between has promised more than it signed, which the next call makes good: the same
checkpoint may be signed any number of times. The file is replaced whole, under a lock.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from monitorgen_exporters.audit.canonical import BadJson, Json, canonical, parse
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.inherited import keep_from_children, release
from monitorgen_exporters.audit.note import NoteError, SigningKey, sign_note
from monitorgen_exporters.audit.tree import EMPTY_ROOT, ProofError, verify_consistency

__all__ = ["Guard", "GuardError", "GuardRefusal"]

_MAX_BYTES = 1 << 20


class GuardError(Exception):
    """The memory cannot be read, written or locked; nothing was signed."""


class GuardRefusal(GuardError):  # noqa: N818 (a refusal is what it is)
    """Signing would contradict what was signed before; nothing was signed."""


class Guard:
    """The memory of a signer in the file `path`, for any number of logs.

    Each origin has to be made known once by `begin`; an origin the memory does not hold is refused, so a lost
    file is noticed and not taken for a new log. Use from several threads and processes is safe.
    """

    def __init__(self, path: Path | str, *, patience: float = 30.0) -> None:
        """`patience` is how many seconds to wait for another process that is signing."""
        self.path = Path(path)
        self._patience = patience

    def begin(self, checkpoint: Checkpoint) -> None:
        """Make an origin known, with where it stands: size 0 for a new log.

        Doing it again with the same checkpoint changes nothing. Larger sizes are for an operator whose guard
        file was lost, and who takes the checkpoint from an anchor.

        Raises:
            GuardRefusal: if the origin is known at another size or root.
            GuardError: if the memory cannot be used.
        """
        if checkpoint.extensions or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
            raise GuardRefusal(f"{checkpoint.origin}: this is no checkpoint of a log of ours")
        with self._locked(self._patience):
            signed = self._read()
            last = signed.get(checkpoint.origin)
            if last == checkpoint:
                return
            if last is not None:
                raise GuardRefusal(f"{checkpoint.origin} has been signed at size {last.size} already")
            self._write({**signed, checkpoint.origin: checkpoint})

    def last_signed(self, origin: str) -> Checkpoint | None:
        """The newest checkpoint that may have been signed, or None where the origin is not known.

        Raises:
            GuardError: if the memory cannot be used.
        """
        return self._read().get(origin)

    def origins(self) -> tuple[str, ...]:
        """The logs it knows, in order.

        Raises:
            GuardError: if the memory cannot be used.
        """
        return tuple(sorted(self._read()))

    def sign(
        self,
        checkpoint: Checkpoint,
        proof: Sequence[bytes],
        keys: Sequence[SigningKey],
        *,
        patience: float | None = None,
    ) -> bytes:
        """The signed note of a checkpoint that continues the last one signed.

        `patience` is how many seconds to wait for another process, where that is not the guard's own.
        `proof` is the consistency proof from the last size to this one; empty where the last size is 0, or
        where size and root are the same as last time.

        Raises:
            GuardRefusal: if the origin is not known, the size is smaller than the last, or the proof does
                not lead from the last root to this one.
            GuardError: if the memory cannot be used.
        """
        with self._locked(self._patience if patience is None else patience):
            signed = self._read()
            last = signed.get(checkpoint.origin)
            if last is None:
                raise GuardRefusal(
                    f"{checkpoint.origin} is not known to the guard file {self.path}. If that file was lost, "
                    "make the log known again with `monitorgen audit restore --from CHECKPOINT`, from a "
                    "checkpoint that an anchor holds"
                )
            _check(checkpoint, last, proof)
            if last != checkpoint:
                self._write({**signed, checkpoint.origin: checkpoint})
            try:
                return sign_note(checkpoint.text, *keys)
            except NoteError as fault:
                raise GuardError(str(fault)) from None

    @contextmanager
    def _locked(self, patience: float) -> Iterator[None]:
        # A file of its own, because the memory itself is replaced and a lock would stay with the old one.
        try:
            descriptor = os.open(
                self.path.with_name(f"{self.path.name}.lock"),
                os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o600,
            )
        except OSError as fault:
            raise GuardError(f"the lock of {self.path} cannot be opened: {fault.strerror}") from None
        try:
            keep_from_children(descriptor)
            self._wait_for(descriptor, patience)
            yield
        finally:
            release(descriptor)
            os.close(descriptor)

    def _wait_for(self, descriptor: int, patience: float) -> None:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise GuardError(f"another process holds the lock of {self.path}") from None
                time.sleep(0.005)
            except OSError as fault:
                raise GuardError(f"{self.path} cannot be locked: {fault.strerror}") from None
            else:
                return

    def _read(self) -> dict[str, Checkpoint]:
        try:
            with self.path.open("rb") as file:
                body = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as fault:
            raise GuardError(f"the guard file {self.path} cannot be read: {fault.strerror}") from None
        try:
            return _entries(parse(body, max_bytes=_MAX_BYTES))
        except BadJson as fault:
            raise GuardError(f"the guard file {self.path} is damaged ({fault}); nothing is signed") from None

    def _write(self, signed: dict[str, Checkpoint]) -> None:
        new = self.path.with_name(f"{self.path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
                entries: dict[str, Json] = {origin: _entry(last) for origin, last in signed.items()}
                file.write(canonical({"last_signed": entries, "v": 1}))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as fault:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise GuardError(f"the guard file {self.path} cannot be written: {fault.strerror}") from None


def _check(checkpoint: Checkpoint, last: Checkpoint, proof: Sequence[bytes]) -> None:
    where = f"{checkpoint.origin} was signed at size {last.size}"
    if checkpoint.extensions:
        raise GuardRefusal(f"{where}; a checkpoint of ours has no lines below the root")
    if checkpoint.size < last.size:
        raise GuardRefusal(f"{where}; the log has {checkpoint.size} records now: it was rolled back")
    if last.size == 0:
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise GuardRefusal(f"{where}; an empty log has another root")
        if proof:
            raise GuardRefusal(f"{where}; there is nothing to prove from an empty log")
        return
    try:
        verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, proof)
    except ProofError as fault:
        raise GuardRefusal(f"{where}; size {checkpoint.size} is no continuation of it: {fault}") from None


def _entries(found: Json) -> dict[str, Checkpoint]:
    """What the memory holds, each entry checked. A file of a newer layout is not guessed at."""
    if not isinstance(found, dict) or set(found) != {"last_signed", "v"} or found["v"] != 1:
        raise BadJson("another layout than this version writes")
    signed = found["last_signed"]
    if not isinstance(signed, dict):
        raise BadJson("no entries")
    return {origin: _checkpoint(origin, entry) for origin, entry in signed.items()}


def _entry(checkpoint: Checkpoint) -> dict[str, Json]:
    # Sizes are text, so that they are not bound to the integers of JSON.
    return {"root": checkpoint.root.hex(), "size": str(checkpoint.size)}


def _checkpoint(origin: str, entry: Json) -> Checkpoint:
    if isinstance(entry, dict) and set(entry) == {"root", "size"}:
        size, root = entry["size"], entry["root"]
        if isinstance(size, str) and isinstance(root, str):
            with suppress(ValueError):
                checkpoint = Checkpoint(origin, int(size), bytes.fromhex(root))
                if _entry(checkpoint) == entry:
                    return checkpoint
    raise BadJson(f"the entry of {origin[:60]} is not of the form")
