"""Files of private keys: readable by their owner alone, made once, never written over."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from monitorgen_exporters.audit.note import ED25519, NoteError, SigningKey

__all__ = ["KEY_VARIABLE", "KeyFileError", "from_environment", "generate", "load"]

KEY_VARIABLE = "MONITORGEN_AUDIT_KEY"
"""Environment variable that may hold the text of the private key in place of a file."""

_MAX_BYTES = 4096


class KeyFileError(ValueError):
    """The private key cannot be read or made; the text never shows anything of a key."""


def generate(path: Path | str, name: str, algorithm: int = ED25519) -> SigningKey:
    """A new key in a new file of mode 0600, on disk when this returns.

    Raises:
        KeyFileError: if the name is unfit, the file exists (or is a link, even a dangling one), or cannot
            be written.
    """
    path = Path(path)
    try:
        key = SigningKey.generate(name, algorithm)
    except NoteError as fault:
        raise KeyFileError(str(fault)) from None
    try:
        # O_EXCL follows no link, so nobody can choose where the key goes.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} exists already; a key is never written over") from None
    except (OSError, ValueError) as fault:
        raise KeyFileError(f"{path} cannot be made: {_reason(fault)}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(key.secret() + "\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as fault:
        path.unlink(missing_ok=True)
        raise KeyFileError(f"{path} cannot be written: {_reason(fault)}") from None
    return key


def load(path: Path | str) -> SigningKey:
    """The key of a key file.

    A link is followed, since mounted secrets are links; what is checked is the file that was opened: it is a
    regular file of ours or of root, which nobody else can read or write.

    Raises:
        KeyFileError: if it is not, or holds no key.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as fault:
        raise KeyFileError(f"{path} cannot be read: {_reason(fault)}") from None
    try:
        _check_file(path, os.fstat(descriptor))
        body = os.read(descriptor, _MAX_BYTES + 1)
    except OSError as fault:
        raise KeyFileError(f"{path} cannot be read: {_reason(fault)}") from None
    finally:
        os.close(descriptor)
    if len(body) > _MAX_BYTES:
        raise KeyFileError(f"{path} is no file of a key: it is longer than {_MAX_BYTES} bytes")
    try:
        return SigningKey.parse(body.decode().removesuffix("\n"))
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} is no file of a key: it is not in UTF-8") from None
    except NoteError as fault:
        raise KeyFileError(f"{path}: {fault}") from None


def from_environment(
    variable: str = KEY_VARIABLE, environment: Mapping[str, str] = os.environ
) -> SigningKey | None:
    """The key whose text the environment variable holds, or None where it is not set or empty.

    Raises:
        KeyFileError: if it holds something else.
    """
    text = environment.get(variable, "").strip()
    if not text:
        return None
    try:
        return SigningKey.parse(text)
    except NoteError as fault:
        raise KeyFileError(f"the environment variable {variable}: {fault}") from None


def _check_file(path: Path | str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileError(f"{path} is no regular file")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyFileError(f"{path} belongs to user {found.st_uid}, who could change it; chown it")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyFileError(f"{path} has mode {mode:04o}, so others can use it; run chmod 600 {path}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(fault: OSError | ValueError) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
