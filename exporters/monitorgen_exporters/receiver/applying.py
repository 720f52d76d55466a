"""Deliveries applied to the database in one transaction: any number of them, as if one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.transitions import (
    began_before_end,
    fired,
    new_episode,
    opened,
    resolved,
)
from monitorgen_exporters.receiver.post import Post, Seen
from monitorgen_exporters.receiver.tables import DELIVERY
from monitorgen_exporters.receiver.work import Work

__all__ = ["Applied", "apply"]


@dataclass(slots=True)
class Applied:
    """What some deliveries were found to be, for the metrics."""

    alerts: int = 0
    opened: int = 0
    resolved: int = 0
    changed: int = 0
    heartbeats: int = 0
    nothing: int = 0
    """Alerts that told nothing new: resolves of what is not open, and old news."""
    duplicates: int = 0
    """Deliveries that had come before, word for word."""
    truncated: int = 0
    """Alerts that Alertmanager says it left out."""


def apply(work: Work, posts: Iterable[Post]) -> Applied:
    """Writes everything that follows from these posts."""
    applied = Applied()
    posts = list(posts)
    _keep(work, posts, applied)
    seen = [(post, each) for post in posts for each in post.alerts]
    applied.alerts = len(seen)
    episodes = rows.open_of(work.store, {each.incident for _, each in seen})
    unknown = {each.incident for _, each in seen if each.alert.status == "firing"} - episodes.keys()
    ended = rows.ended_of(work.store, unknown) if unknown else {}
    added: dict[str, Episode] = {}
    changed: dict[str, Episode] = {}
    touched: set[str] = set()
    for post, each in seen:
        known = episodes.get(each.incident)
        if each.alert.status == "firing":
            before = known or ended.get(each.incident)
            if known is None and (before is None or not began_before_end(before, each.alert)):
                made = new_episode(
                    each.incident,
                    post.tenant,
                    post.source,
                    each.kept,
                    each.stage,
                    work.now,
                )
                opened(work, made, before, _told(each))
                episodes[each.incident] = added[made.id] = made
                applied.opened += 1
                continue
            assert before is not None
            effect = fired(work, before, each.alert, each.stage)
            if before.is_open:
                episodes[each.incident] = before
                if before.annotations != each.kept.annotations and not each.stage:
                    before.annotations = each.kept.annotations
                    effect = "changed"
        elif known is None:
            applied.nothing += 1
            continue
        else:
            before = known
            effect = resolved(work, known, each.alert, each.stage)
            if not known.is_open:
                ended[each.incident] = episodes.pop(each.incident)
                applied.resolved += 1
        if effect == "changed":
            applied.changed += 1
            before.seen_at = work.now if before.is_open else before.seen_at
            if before.id not in added:
                changed[before.id] = before
        elif effect == "seen":
            applied.heartbeats += 1
            if before.id not in added:
                touched.add(before.id)
        else:
            applied.nothing += 1
    # In this order: an incident has one open episode, and the one that ended has to end first.
    rows.save_all(work.store, list(changed.values()))
    rows.add(work.store, list(added.values()))
    rows.touch(work.store, touched - changed.keys(), work.now)
    return applied


def _told(seen: Seen) -> dict[str, Json]:
    return {"stage": seen.stage[:200]} if seen.stage else {}


def _keep(work: Work, posts: Iterable[Post], applied: Applied) -> None:
    """Keeps each delivery as it came, once; a copy of one counts."""
    fresh: dict[str, list[object]] = {}
    keys: dict[str, Post] = {}
    times: dict[str, int] = {}
    for post in posts:
        keys.setdefault(post.key, post)
        times[post.key] = times.get(post.key, 0) + 1
        applied.truncated += post.truncated
    known = {
        key
        for (key,) in work.store.query(
            f"SELECT key FROM receiver_delivery WHERE key IN ({rows.members(work.store.dialect)})",  # noqa: S608
            [orjson.dumps(list(keys)).decode()],
        )
    }
    for key, post in keys.items():
        count = times[key]
        if key in known:
            work.store.execute(
                "UPDATE receiver_delivery SET last_ts = ?, times = times + ? WHERE key = ?",
                (work.now, count, key),
            )
            applied.duplicates += count
            continue
        applied.duplicates += count - 1
        fresh[key] = [
            key,
            work.now,
            work.now,
            count,
            post.tenant,
            post.source,
            post.group_key,
            len(post.alerts),
            post.truncated,
            post.body,
        ]
    work.store.insert(DELIVERY, fresh.values())
