"""What a witness decides: each status of C2SP tlog-witness, and when it is due."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError, SigningKey, add_signatures, signature_line
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.witness.memory import Memory, MemoryTrouble, ProofRejected, SizeConflict
from monitorgen_exporters.audit.witness.submission import BadSubmission, parse_submission

__all__ = ["SIZE_TYPE", "TEXT_TYPE", "Verdict", "Witness"]

SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer: status, content type, body."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT_TYPE


class Witness:
    """A witness: its key, its memory, and the logs it watches, by origin. For any number of threads."""

    def __init__(self, key: SigningKey, memory: Memory, logs: Mapping[str, Trust]) -> None:
        self._key = key
        self._memory = memory
        self._logs = logs

    @property
    def memory(self) -> Memory:
        """What it remembers."""
        return self._memory

    def add_checkpoint(self, body: bytes) -> Verdict:
        """The answer to a submission. A cosignature in it has been stored durably before this returns."""
        try:
            submission = parse_submission(body)
            new = claimed_checkpoint(submission.note)
        except (BadSubmission, NoteError) as problem:
            return _refused(HTTPStatus.BAD_REQUEST, str(problem))
        trust = self._logs.get(new.origin)
        if trust is None:
            return _refused(HTTPStatus.NOT_FOUND, "this witness does not watch a log of that origin")
        try:
            text = trust.open_checkpoint(submission.note).note.text
        except NoteError as problem:
            return _refused(HTTPStatus.FORBIDDEN, f"no signature of this log: {problem}")
        if submission.old > new.size:
            return _refused(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's")

        def cosign() -> tuple[bytes, bytes]:
            line = signature_line(text, self._key)
            return line, add_signatures(submission.note, line)

        try:
            return Verdict(HTTPStatus.OK, self._memory.advance(submission.old, submission.proof, new, cosign))
        except SizeConflict as conflict:
            if submission.old == new.size == conflict.size:
                self._accuse(new, str(conflict), body)
            return Verdict(HTTPStatus.CONFLICT, b"%d\n" % conflict.size, SIZE_TYPE)
        except ProofRejected as rejected:
            self._accuse(new, str(rejected), body)
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(rejected))
        except MemoryTrouble as trouble:
            _log.error("%s", trouble)
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "the witness cannot store anything at present")

    def latest(self, origin: str) -> Verdict:
        """The newest note of a log that was cosigned, with the cosignature."""
        try:
            found = self._memory.remembered(origin)
        except MemoryTrouble as trouble:
            _log.error("%s", trouble)
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "the witness cannot read its memory at present")
        if not found:
            return _refused(HTTPStatus.NOT_FOUND, "nothing of that origin was cosigned")
        return Verdict(HTTPStatus.OK, found[0].note)

    def _accuse(self, new: Checkpoint, why: str, body: bytes) -> None:
        """The log's own key signed this, so it is proof against whoever holds the key."""
        _log.warning("refused %s at size %d, which its key has signed: %s", new.origin, new.size, why)
        try:
            self._memory.keep_evidence(new.origin, why, body)
        except MemoryTrouble as trouble:
            _log.error("%s", trouble)


def _refused(status: HTTPStatus, why: str) -> Verdict:
    return Verdict(status, f"{why}\n".encode())
