"""A git branch as an anchor: a commit for each checkpoint, on a remote that refuses force pushes.

Each origin has one file on the branch, which holds its newest note; the older ones are in the history. So a
commit costs the same however long the log lives.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.base import AnchorConflictError, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.git_program import Git, locked
from monitorgen_exporters.audit.anchors.planning import Planned, ProofBetween
from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.tree import ProofError, verify_consistency
from monitorgen_exporters.http_answers import without_password

__all__ = ["GitAnchor", "planned"]

_SUFFIX: Final = ".checkpoint"
_KEPT: Final = "refs/monitorgen/kept"
"""Where our clone keeps the branch as it last saw it. It only ever moves forward."""
_FETCHED: Final = "refs/monitorgen/fetched"
_ATTEMPTS: Final = 5
"""How often a push is tried anew when another process pushed in between."""


@dataclass(frozen=True, slots=True)
class GitAnchor:
    """A branch of a remote repository, reached by the program git with the keys it is set up with.

    `clone` is a folder for a bare clone of our own. It remembers how far the branch had come, so a remote
    that was rewritten is noticed; without it each call fetches the whole branch, and believes it. `timeout`
    bounds each call of git, in seconds. With `proof`, of the log that is published, what the branch holds has
    to be of the same history; without it only equal sizes are compared.
    """

    name: str
    remote: str
    branch: str
    clone: Path | None = None
    timeout: float = 120.0
    proof: ProofBetween | None = None

    @property
    def place(self) -> str:
        """The remote and the branch, without any name and password in it."""
        return f"{without_password(self.remote)} {self.branch}"

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Commits the note on top of the branch and pushes it, unless the branch has come as far already.

        Raises AnchorConflictError when the branch holds another history of the log, or its own was
        rewritten since our clone last saw it.
        """
        with self._repository() as git:
            for _ in range(_ATTEMPTS):
                tip = self._fetch(git)
                held = self._held(git, tip, checkpoint.origin)
                if held is not None:
                    self._compare(held, checkpoint)
                    if held.size >= checkpoint.size:
                        return b""
                commit = _commit(git, tip, note, checkpoint)
                if self._push(git, commit):
                    git.run("update-ref", _KEPT, commit)
                    return b""
        raise AnchorError(f"{self.place}: somebody else pushed in between, {_ATTEMPTS} times in a row")

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """Every note in the history of the branch, the oldest first; `seen` is the commit's time."""
        with self._repository() as git:
            tip = self._fetch(git)
            changes = list(_changes(git, tip)) if tip else []
            notes = git.blobs([blob for _, _, _, blob in changes if blob])
        for commit, when, file, blob in changes:
            place = f"{self.place} {commit[:12]}"
            if blob is None:
                yield Unusable(self.name, place, f"{file} was removed in this commit")
                continue
            note = notes.get(blob)
            if note is None:
                yield Unusable(self.name, place, f"{file} is larger than 1 MiB")
                continue
            try:
                checkpoint = claimed_checkpoint(note)
            except NoteError as problem:
                yield Unusable(self.name, place, f"{file}: {problem}")
                continue
            yield Sighting(
                self.name, place, checkpoint.origin, checkpoint.size, checkpoint.root, seen=when, note=note
            )

    @contextmanager
    def _repository(self) -> Iterator[Git]:
        if self.clone is None:
            with tempfile.TemporaryDirectory(prefix="monitorgen-anchor-") as folder:
                yield Git.created(Path(folder), self.place, self.timeout)
        else:
            with locked(self.clone, self.place, self.timeout):
                yield Git.created(self.clone, self.place, self.timeout)

    def _fetch(self, git: Git) -> str | None:
        """The branch's newest commit, now in our clone; None while the branch is not there."""
        before = git.ask("rev-parse", "--quiet", "--verify", _KEPT).stdout.decode().strip()
        listed = git.run("ls-remote", "--", self.remote, f"refs/heads/{self.branch}").decode().split()
        if not listed:
            if before:
                raise AnchorConflictError(f"{self.place} is gone; our clone saw it last at {before[:12]}")
            return None
        git.run("fetch", "--quiet", "--no-tags", "--", self.remote, f"+refs/heads/{self.branch}:{_FETCHED}")
        tip = git.run("rev-parse", _FETCHED).decode().strip()
        if before and git.ask("merge-base", "--is-ancestor", before, tip).returncode:
            raise AnchorConflictError(
                f"the history of {self.place} was rewritten: it no longer continues commit {before[:12]}, "
                f"which our clone {git.folder} still has"
            )
        git.run("update-ref", _KEPT, tip)
        return tip

    def _held(self, git: Git, tip: str | None, origin: str) -> Checkpoint | None:
        """What the branch says of the origin; None when it says nothing that can be read."""
        if tip is None:
            return None
        shown = git.ask("cat-file", "blob", f"{tip}:{_file(origin)}")
        try:
            return claimed_checkpoint(shown.stdout) if shown.returncode == 0 else None
        except NoteError:
            return None  # told by recorded(); our note goes on top of it

    def _compare(self, held: Checkpoint, checkpoint: Checkpoint) -> None:
        """Raises AnchorConflictError unless what is held and what is published are of one history."""
        if held.size == checkpoint.size:
            if held.root != checkpoint.root:
                raise AnchorConflictError(
                    f"{self.place} holds the root {held.root.hex()} for size {held.size} of "
                    f"{held.origin}, and the log {checkpoint.root.hex()}"
                )
            return
        old, new = sorted((held, checkpoint), key=lambda one: one.size)
        if self.proof is None or not old.size:  # an empty log begins every log
            return
        try:
            verify_consistency(old.size, old.root, new.size, new.root, self.proof(old.size, new.size))
        except (ProofError, Damaged):
            raise AnchorConflictError(
                f"{self.place} holds size {held.size} of {held.origin}, and the log's size "
                f"{checkpoint.size} is not of the same history"
            ) from None

    def _push(self, git: Git, commit: str) -> bool:
        """True when pushed, False when somebody else was quicker."""
        pushed = git.ask("push", "--porcelain", "--", self.remote, f"{commit}:refs/heads/{self.branch}")
        if pushed.returncode == 0:
            return True
        told = pushed.stdout + pushed.stderr
        if b"non-fast-forward" in told or b"fetch first" in told or b"cannot lock ref" in told:
            return False
        raise git.failed("push", pushed)


def planned(settings: AuditAnchors) -> Iterator[Planned]:
    """The branch that the settings name, if they do."""
    git = settings.git
    if git is not None:
        yield Planned(
            "git",
            timedelta(seconds=git.every),
            lambda around: GitAnchor("git", git.repository, git.branch, around.clone, proof=around.proof),
        )


def _file(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32] + _SUFFIX


def _commit(git: Git, tip: str | None, note: bytes, checkpoint: Checkpoint) -> str:
    """A new commit on top of `tip` in which the origin's file holds the note; all other files stay."""
    blob = git.run("hash-object", "-w", "--stdin", input_=note).strip()
    name = _file(checkpoint.origin).encode()
    entries = git.run("ls-tree", "-z", tip).split(b"\0") if tip else []
    kept = [entry for entry in entries if entry and entry.partition(b"\t")[2] != name]
    tree = git.run("mktree", "-z", input_=b"\0".join([*kept, b"100644 blob %s\t%s" % (blob, name), b""]))
    message = f"{checkpoint.origin} at size {checkpoint.size}\n"
    parents = ("-p", tip) if tip else ()
    return git.run("commit-tree", tree.decode().strip(), *parents, input_=message.encode()).decode().strip()


def _changes(git: Git, tip: str) -> Iterator[tuple[str, datetime, str, str | None]]:
    """Each change of a note in history: commit, its time, file, and blob; no blob where it was removed."""
    history = git.run(
        "log", "--reverse", "-m", "--root", "--raw", "--no-abbrev", "--no-renames", "--format=%H %ct", tip
    )
    commit, when = "", datetime.now(UTC)
    for line in history.decode("utf-8", "replace").splitlines():
        if line.startswith(":"):
            fields, _, file = line.partition("\t")
            _, mode, _, blob, status = fields.split(" ")
            if file.endswith(_SUFFIX):
                yield commit, when, file, None if status == "D" or not mode.startswith("100") else blob
        elif line:
            commit, _, seconds = line.partition(" ")
            when = _time(seconds)


def _time(seconds: str) -> datetime:
    """A commit may carry any time whatever; what is no time becomes the epoch."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
