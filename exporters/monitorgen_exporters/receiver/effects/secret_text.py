"""The text of a secret that the settings refer to, read anew each time, so that secrets can be changed."""

import os
from typing import Final

from monitorgen.vocabulary.secrets import SecretEnv, SecretFile

__all__ = ["SecretError", "secret_text"]

_LONGEST: Final = 1 << 16


class SecretError(Exception):
    """The secret cannot be read; the text says where it should be, and nothing of it."""


def secret_text(reference: SecretFile | SecretEnv) -> str:
    """The secret, without line ends behind it. Raises SecretError, for an empty one too."""
    if isinstance(reference, SecretEnv):
        text, place = os.environ.get(reference.env, ""), f"the environment variable {reference.env}"
    else:
        text, place = _content(reference.file), reference.file
    if text := text.rstrip("\r\n"):
        return text
    raise SecretError(f"{place} holds no secret")


def _content(path: str) -> str:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            data = file.read(_LONGEST + 1) or b""
    except (OSError, ValueError) as problem:
        reason = (problem.strerror if isinstance(problem, OSError) else "") or str(problem)
        raise SecretError(f"{path} cannot be read: {reason}") from None
    if len(data) > _LONGEST:
        raise SecretError(f"{path} is no file of a secret: it is longer than {_LONGEST} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise SecretError(f"{path} is no file of a secret: it is not in UTF-8") from None
