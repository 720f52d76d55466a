"""The git anchor against a real bare repository that refuses force pushes."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from monitorgen_exporters.audit.anchors.base import AnchorConflictError, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.git import GitAnchor
from tests.support.audit_history import ORIGIN, History

BRANCH = "audit-checkpoints"


def git(folder: Path, *arguments: str, text: str = "") -> str:
    """What git said; it must succeed."""
    named = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(
        ["git", *named, *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """An empty bare repository as the documentation has it made."""
    folder = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(folder))
    git(folder, "config", "receive.denyNonFastForwards", "true")
    git(folder, "config", "receive.denyDeletes", "true")
    return folder


@pytest.fixture
def anchor(remote: Path, tmp_path: Path) -> GitAnchor:
    """An anchor with a memory of its own."""
    return GitAnchor("git", str(remote), BRANCH, tmp_path / "clone")


def auditor(remote: Path) -> GitAnchor:
    """Somebody who has nothing but the remote."""
    return GitAnchor("git", str(remote), BRANCH)


def sizes(anchor: GitAnchor) -> list[int]:
    """The sizes on the branch; there must be nothing else."""
    found = list(anchor.recorded())
    assert all(isinstance(one, Sighting) for one in found), found
    return [one.size for one in found if isinstance(one, Sighting)]


def test_what_was_published_is_read_by_anybody(anchor: GitAnchor, remote: Path) -> None:
    history = History(9)
    assert list(anchor.recorded()) == []
    for size in (3, 5, 9):
        assert anchor.publish(history.note(size), history.checkpoint(size)) == b""
    found = [one for one in auditor(remote).recorded() if isinstance(one, Sighting)]
    assert [one.size for one in found] == [3, 5, 9]
    assert [one.note for one in found] == [history.note(size) for size in (3, 5, 9)]
    assert all(one.agrees_with(history.checkpoint(one.size).root) for one in found)
    assert {one.origin for one in found} == {ORIGIN}
    assert all(one.seen is not None for one in found)


def test_the_same_checkpoint_again_changes_nothing(anchor: GitAnchor, remote: Path) -> None:
    history = History(4)
    anchor.publish(history.note(), history.checkpoint())
    before = git(remote, "rev-parse", BRANCH)
    anchor.publish(history.note(), history.checkpoint())
    anchor.publish(history.note(2), history.checkpoint(2))
    assert git(remote, "rev-parse", BRANCH) == before


def test_another_history_is_a_conflict_also_at_another_size(remote: Path, tmp_path: Path) -> None:
    true, forged = History(9), History(12, fork_at=2)
    ours = GitAnchor("git", str(remote), BRANCH, tmp_path / "ours", proof=true.proof)
    theirs = GitAnchor("git", str(remote), BRANCH, tmp_path / "theirs", proof=forged.proof)
    ours.publish(true.note(5), true.checkpoint(5))
    with pytest.raises(AnchorConflictError, match="not of the same history"):
        theirs.publish(forged.note(12), forged.checkpoint(12))
    ours.publish(true.note(9), true.checkpoint(9))
    with pytest.raises(AnchorConflictError, match="holds size 9"):
        theirs.publish(forged.note(7), forged.checkpoint(7))
    ours.publish(true.note(7), true.checkpoint(7))  # what the branch has gone beyond is no news
    assert sizes(auditor(remote)) == [5, 9]


def test_incarnations_and_other_files_live_side_by_side(
    anchor: GitAnchor, remote: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", str(remote), "work")
    (tmp_path / "work/README.md").write_text("What this branch is.\n")
    git(tmp_path / "work", "checkout", "--quiet", "-b", BRANCH)
    git(tmp_path / "work", "add", "README.md")
    git(tmp_path / "work", "commit", "--quiet", "-m", "Readme")
    git(tmp_path / "work", "push", "--quiet", "origin", BRANCH)
    first, second = History(4), History(2, origin="acme/audit/monitoring/2")
    for history in (first, second):
        anchor.publish(history.note(), history.checkpoint())
    assert sizes(auditor(remote)) == [4, 2]
    assert git(remote, "show", f"{BRANCH}:README.md") == "What this branch is.\n"


def test_two_writers_do_not_lose_a_checkpoint(remote: Path, tmp_path: Path) -> None:
    one, other = (GitAnchor("git", str(remote), BRANCH, tmp_path / name) for name in ("one", "other"))
    history = History(30)
    for size in range(1, 11):
        (one if size % 2 else other).publish(history.note(size), history.checkpoint(size))
    assert sizes(auditor(remote)) == list(range(1, 11))


def test_a_push_that_comes_too_late_is_repeated_on_top(remote: Path, tmp_path: Path) -> None:
    # A hook lets the other writer's push in after we fetched and before our own arrives.
    other = tmp_path / "other"
    history, second = History(6), History(6, origin="acme/audit/monitoring/2")
    GitAnchor("git", str(remote), BRANCH, other).publish(history.note(2), history.checkpoint(2))
    git(other, "fetch", "--quiet", str(remote), BRANCH)
    tree = git(other, "rev-parse", "FETCH_HEAD^{tree}").strip()
    rival = git(other, "commit-tree", tree, "-p", "FETCH_HEAD", "-m", "a rival").strip()
    git(other, "push", "--quiet", str(remote), f"{rival}:refs/heads/rival")
    hook = remote / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\n"
        "[ -e done ] && exit 0\ntouch done\n"
        f"env -u GIT_QUARANTINE_PATH git update-ref refs/heads/{BRANCH} {rival}\n"
    )
    hook.chmod(0o755)
    anchor = GitAnchor("git", str(remote), BRANCH, tmp_path / "clone")
    anchor.publish(second.note(), second.checkpoint())
    assert (remote / "done").exists()
    assert "a rival" in git(remote, "log", "--format=%s", BRANCH)
    assert sizes(auditor(remote)) == [2, 6]


def test_another_root_for_the_same_size_is_a_conflict(anchor: GitAnchor) -> None:
    anchor.publish(History(4).note(), History(4).checkpoint())
    forked = History(4, fork_at=2)
    with pytest.raises(AnchorConflictError, match=r"holds the root \w+ for size 4"):
        anchor.publish(forked.note(), forked.checkpoint())


def test_the_remote_refuses_to_forget(anchor: GitAnchor, remote: Path, tmp_path: Path) -> None:
    history = History(4)
    for size in (2, 4):
        anchor.publish(history.note(size), history.checkpoint(size))
    git(tmp_path, "clone", "--quiet", "--branch", BRANCH, str(remote), "work")
    git(tmp_path / "work", "reset", "--quiet", "--hard", "HEAD~1")
    for how in ("--force", "--delete"):
        refused = subprocess.run(
            ["git", "push", how, "origin", BRANCH], cwd=tmp_path / "work", capture_output=True, check=False
        )
        assert refused.returncode != 0
    assert sizes(auditor(remote)) == [2, 4]


@pytest.mark.parametrize("how", ["rewritten", "gone"])
def test_a_remote_that_forgot_is_noticed(how: str, anchor: GitAnchor, remote: Path, tmp_path: Path) -> None:
    history = History(6)
    for size in (2, 4):
        anchor.publish(history.note(size), history.checkpoint(size))
    if how == "gone":
        git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    else:  # whoever runs the remote can do what it denies to others
        git(remote, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~1")
        GitAnchor("git", str(remote), BRANCH, tmp_path / "insider").publish(
            history.note(6), history.checkpoint(6)
        )
    with pytest.raises(AnchorConflictError, match=how):
        list(anchor.recorded())
    with pytest.raises(AnchorConflictError, match=how):
        anchor.publish(history.note(5), history.checkpoint(5))


def test_what_is_no_checkpoint_is_told_and_hides_nothing(
    anchor: GitAnchor, remote: Path, tmp_path: Path
) -> None:
    history = History(4)
    anchor.publish(history.note(2), history.checkpoint(2))
    git(tmp_path, "clone", "--quiet", "--branch", BRANCH, str(remote), "work")
    work = tmp_path / "work"
    (mine,) = work.glob("*.checkpoint")
    for content in ("no note", "x" * 2_000_000, None):
        if content is None:
            mine.unlink()
        else:
            mine.write_text(content)
        git(work, "commit", "--quiet", "-a", "-m", "vandalism")
    git(work, "push", "--quiet", "origin", BRANCH)
    anchor.publish(history.note(4), history.checkpoint(4))
    found = list(auditor(remote).recorded())
    assert [one.size if isinstance(one, Sighting) else 0 for one in found] == [2, 0, 0, 0, 4]
    told = " ".join(one.why for one in found if isinstance(one, Unusable))
    assert "no empty line" in told
    assert "larger than 1 MiB" in told
    assert "was removed" in told


@pytest.mark.parametrize(
    "remote_url", ["/nonexistent/remote.git", "ext::sh -c true", "https://127.0.0.1:1/x.git"]
)
def test_a_remote_that_is_not_there(remote_url: str, tmp_path: Path) -> None:
    for anchor in (
        GitAnchor("git", remote_url, BRANCH, tmp_path / "clone"),
        GitAnchor("git", remote_url, BRANCH),
    ):
        with pytest.raises(AnchorError, match="git ls-remote failed"):
            list(anchor.recorded())
        with pytest.raises(AnchorError, match="git ls-remote failed"):
            anchor.publish(History(1).note(), History(1).checkpoint())


def test_the_place_shows_no_password() -> None:
    shown = GitAnchor("git", "https://robot:hunter2@git.example/audit.git", BRANCH).place
    assert shown == f"https://git.example/audit.git {BRANCH}"
    assert (
        GitAnchor("git", "git@git.example:audit.git", BRANCH).place == f"git@git.example:audit.git {BRANCH}"
    )


def test_a_hook_of_another_repository_does_not_lead_astray(
    anchor: GitAnchor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/index"))
    anchor.publish(History(1).note(), History(1).checkpoint())
    assert sizes(anchor) == [1]
    assert not (tmp_path / "elsewhere").exists()


def test_locks_of_a_killed_process_do_not_stand_in_the_way(anchor: GitAnchor) -> None:
    assert anchor.clone is not None
    history = History(9)
    anchor.publish(history.note(3), history.checkpoint(3))
    for name in (
        "refs/monitorgen/kept.lock",
        "refs/monitorgen/fetched.lock",
        "packed-refs.lock",
        "HEAD.lock",
    ):
        (anchor.clone / name).touch()
    anchor.publish(history.note(9), history.checkpoint(9))
    assert sizes(anchor) == [3, 9]


@pytest.mark.parametrize("left", ["", "HEAD", "config", "objects"])
def test_a_clone_that_was_half_made(left: str, anchor: GitAnchor) -> None:
    assert anchor.clone is not None
    anchor.publish(History(1).note(), History(1).checkpoint())
    for entry in anchor.clone.iterdir():
        if entry.name not in (left, "monitorgen.lock"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    anchor.publish(History(2).note(), History(2).checkpoint())
    assert sizes(anchor) == [1, 2]


def test_a_clone_that_cannot_be(remote: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AnchorError, match="cannot use the clone"):
        list(GitAnchor("git", str(remote), BRANCH, tmp_path / "file" / "clone").recorded())
    (tmp_path / "clone").mkdir()
    with (tmp_path / "clone" / "monitorgen.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AnchorError, match="another process is at work"):
            list(GitAnchor("git", str(remote), BRANCH, tmp_path / "clone", timeout=0.2).recorded())
