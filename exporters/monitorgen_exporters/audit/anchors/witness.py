"""A C2SP witness as an anchor: it cosigns what continues the history it has seen, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from monitorgen.vocabulary.audit import AuditAnchors, AuditWitness
from monitorgen_exporters.audit.anchors.base import (
    AnchorConflictError,
    AnchorError,
    Sighting,
    Unusable,
)
from monitorgen_exporters.audit.anchors.http import Answer, Endpoint
from monitorgen_exporters.audit.anchors.planning import Planned, ProofBetween, Surroundings
from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError, Signature, VerifierKey, open_note, read_note
from monitorgen_exporters.audit.witness.submission import format_submission

__all__ = ["WitnessAnchor", "planned"]

_ROUNDS: Final = 3
"""First we ask where the witness stands; another writer may move it once in between."""


@dataclass(frozen=True, slots=True)
class WitnessAnchor:
    """A witness that is configured to watch the log `origin`, and whose cosignatures `key` verifies."""

    name: str
    server: Endpoint
    key: VerifierKey
    origin: str
    proof: ProofBetween

    @property
    def place(self) -> str:
        """The witness's URL."""
        return self.server.place

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Submits the note with a proof from where the witness stands; returns the lines by its key.

        Raises AnchorConflictError when the witness says that the log is not the one it saw before.
        """
        old = 0
        for _ in range(_ROUNDS):
            proof = self.proof(old, checkpoint.size) if 0 < old < checkpoint.size else ()
            answer = self.server.post(
                "/add-checkpoint", format_submission(old, proof, note), "application/octet-stream"
            )
            if answer.status == 200:
                return self._cosignatures(note, answer)
            if answer.status != 409:
                raise self._refusal(answer, checkpoint)
            known = self._known_size(answer)
            if known == old == checkpoint.size:
                raise AnchorConflictError(
                    f"{self.place} has cosigned another root for size {known} of {checkpoint.origin} than "
                    f"{checkpoint.root.hex()}"
                )
            if known > checkpoint.size:
                raise AnchorConflictError(
                    f"{self.place} has cosigned size {known} of {checkpoint.origin}, and the log stands at "
                    f"{checkpoint.size}: was it rolled back?"
                )
            old = known
        raise AnchorError(f"{self.place}: somebody else submits checkpoints of {checkpoint.origin} meanwhile")

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """The newest checkpoint that it cosigned, from a witness of this project; others have no such page.

        The cosignatures that a witness gave lie in the log beside its checkpoints, and are verified there.
        """
        answer = self.server.exchange("GET", f"/checkpoint?origin={quote(self.origin, safe='')}")
        if answer.status == 404:
            return
        if answer.status != 200:
            raise AnchorError(f"{self.place} answered {answer.status}: {answer.excerpt()}")
        try:
            said = claimed_checkpoint(answer.body)
            open_note(answer.body, (self.key,))
        except NoteError as problem:
            yield Unusable(self.name, self.place, f"{self.key.name}: {problem}")
            return
        yield Sighting(self.name, self.place, said.origin, said.size, said.root, note=answer.body)

    def _cosignatures(self, note: bytes, answer: Answer) -> bytes:
        """The lines of the answer that are by our key, which have to verify; others are passed over."""
        text = note[: note.rindex(b"\n\n") + 2]
        try:
            open_note(text + answer.body, (self.key,))
            return b"".join(
                line
                for line in answer.body.splitlines(keepends=True)
                if _is_by(self.key, read_note(text + line).signatures[0])
            )
        except NoteError as problem:
            raise AnchorError(
                f"{self.place} answered with no cosignature by {self.key.name}: {problem}"
            ) from None

    def _known_size(self, answer: Answer) -> int:
        text = answer.body.removesuffix(b"\n")
        if not text.isdigit() or len(text) > 19:
            raise AnchorError(f"{self.place} answered 409 without the size it knows: {answer.excerpt()}")
        return int(text)

    def _refusal(self, answer: Answer, checkpoint: Checkpoint) -> AnchorError:
        said = f"{self.place} answered {answer.status}: {answer.excerpt()}"
        if answer.status == 422:
            return AnchorConflictError(
                f"{said}; size {checkpoint.size} of {checkpoint.origin} does not continue what it saw before"
            )
        if answer.status == 404:
            return AnchorError(
                f"{said}; it does not watch {checkpoint.origin}: give its operator the trust file"
            )
        if answer.status == 403:
            return AnchorError(f"{said}; it knows no key of the note: give its operator the new trust file")
        return AnchorError(said)


def _is_by(key: VerifierKey, signature: Signature) -> bool:
    return (signature.name, signature.key_id) == (key.name, key.key_id)


def planned(settings: AuditAnchors) -> Iterator[Planned]:
    """Each witness that the settings name."""
    for name, witness in sorted(settings.witnesses.items()):
        yield Planned(
            f"witness:{name}", timedelta(seconds=witness.every), _opener(f"witness:{name}", witness)
        )


def _opener(name: str, settings: AuditWitness) -> Callable[[Surroundings], WitnessAnchor]:
    def open_(around: Surroundings) -> WitnessAnchor:
        try:
            key = VerifierKey.parse(settings.key)
        except NoteError as problem:
            raise AnchorError(f"{name}: its key is no verifier key: {problem}") from problem
        return WitnessAnchor(name, Endpoint(settings.url), key, around.origin, around.proof)

    return open_
