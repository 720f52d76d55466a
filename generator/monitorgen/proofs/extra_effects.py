"""What an `extra:` does to what is emitted: keys that exclude each other, fields undone, names taken."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.model.duration import format_duration, parse_duration
from monitorgen.model.merging import merged
from monitorgen.model.rules import Path
from monitorgen.model.scraping import ScrapeJob
from monitorgen.model.stack import Stack
from monitorgen.plan.codes import NAME_TAKEN, TIMEOUT_TOO_LONG
from monitorgen.plan.values import Plan
from monitorgen.proofs.built_tree import as_list, as_map
from monitorgen.proofs.extra_routes import NOT_THERE, REFUSED, misrouted
from monitorgen.proofs.extra_shapes import Misfit
from monitorgen.vocabulary.channels.base import ChannelContext
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "effects"]

_SCRAPE = "    scrape: {{api: {{static: ['127.0.0.1:9100'], {}}}}}\n    alerts:\n"


def _scraped(text: str) -> str:
    return example("").replace("    alerts:\n", _SCRAPE.format(text))


UNDONE = Code(
    "MG0515",
    "an `extra` that replaces what a field says",
    "The spec has a word for it, and what that says is lost: the line does nothing, and whatever else rests "
    "on it (windows, tests, routes) rests on something untrue.",
    severity=Severity.WARNING,
    bad=_scraped("extra: {scrape_interval: 15s}"),
    good=_scraped("interval: 15s"),
)
CODES: tuple[Code, ...] = (NOT_THERE, REFUSED, UNDONE)

_ROUTE_WORDS: Final = {key: key for key in ("group_wait", "group_interval", "repeat_interval")}
_WORDS: Final[dict[str, dict[str, str]]] = {
    "scrape": {
        "scrape_interval": "interval",
        "scrape_timeout": "timeout",
        "metrics_path": "path",
        "scheme": "scheme",
        "honor_labels": "honor_labels",
        "sample_limit": "sample_limit",
        "job_name": "the job's key",
    },
    "remote_write": {"url": "url", "name": "name"},
    "slack": {
        **{key: key for key in ("channel", "username", "icon_emoji", "icon_url")},
        "api_url_file": "webhook_url",
        "pretext": "mention_channel",
    },
    "email": {
        "to": "recipients",
        "from": "from_email",
        "smarthost": "smtp_server",
        "auth_username": "username",
        "auth_password_file": "password",
        "require_tls": "use_tls",
    },
    "pagerduty": {
        **{key: key for key in ("class", "component", "group")},
        "routing_key_file": "integration_key",
        "severity": "severity_mapping",
    },
    "webhook": {"url": "url", "url_file": "url", "timeout": "timeout"},
}
"""By place: the field of the spec that makes a key of the server's."""

_LOGINS: Final = (
    *("basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"),
    *("sigv4", "azuread", "google_iam"),
)
_EITHER_OR: Final = (
    *(("api_url", "api_url_file"), ("app_token", "app_token_file"), ("url", "url_file")),
    *(("routing_key", "routing_key_file"), ("service_key", "service_key_file")),
    *(("password", "password_file"), ("credentials", "credentials_file")),
    ("proxy_url", "proxy_from_environment"),
)


def effects(plan: Plan, stack: Stack) -> Iterator[Misfit]:
    """What a server would refuse of the whole, and warnings for the fields that an `extra:` undoes."""
    yield from _jobs(stack)
    yield from _remote_writes(plan, stack)
    yield from _channels(plan)
    if (
        plan.routing.extra
        or plan.routing.alertmanager_extra
        or any(t.team.extra for t in plan.teams.values())
    ):
        yield from misrouted(plan, stack.routing)
        yield from _routes(plan, stack)


def _jobs(stack: Stack) -> Iterator[Misfit]:
    jobs: list[tuple[object, Path]] = []
    for job in stack.jobs:
        path = (*job.origin, "extra")
        if job.extra:
            emitted = _emitted(job)
            yield from _undone("scrape", emitted, job.extra, path)
            yield from _clashing(merged(emitted, job.extra), job.extra, path)
            yield from _late(merged(emitted, job.extra), job.extra, path)
        renamed = job.extra.get("job_name")
        # Names that the spec's own keys make are compared when it is planned.
        jobs.append((renamed or job.name, (*path, "job_name") if renamed else ()))
    jobs += [(job.name, ()) for job in stack.probe_jobs]
    extra = stack.servers.prometheus_extra
    path = ("servers", "prometheus", "extra")
    usual = {
        "scrape_interval": format_duration(stack.scrape_interval),
        "scrape_timeout": format_duration(stack.scrape_timeout),
    }
    usual |= as_map(extra.get("global"))
    yield from _late(usual, as_map(extra.get("global")), (*path, "global"))
    for index, config in enumerate(map(as_map, as_list(extra.get("scrape_configs")))):
        here = (*path, "scrape_configs", str(index))
        yield from _clashing(config, config, here)
        yield from _late({"scrape_interval": usual["scrape_interval"], **config}, config, here)
        jobs.append((config.get("job_name"), (*here, "job_name")))
        if not config.get("job_name"):
            yield Misfit(REFUSED, here, "a scrape job needs a name", "add `job_name:`")
    yield from _twice("scrape job", jobs)


def _emitted(job: ScrapeJob) -> dict[str, Any]:
    return {
        "job_name": job.name,
        "scrape_interval": format_duration(job.interval),
        "scrape_timeout": format_duration(job.timeout),
        "metrics_path": job.metrics_path,
        "scheme": job.scheme,
        **job.settings,
    }


def _late(config: Mapping[str, Any], extra: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
    """A timeout longer than its interval, when the `extra` has made it so."""
    timeout, interval = (parse_duration(str(config.get(f"scrape_{key}"))) for key in ("timeout", "interval"))
    key = next((key for key in ("scrape_timeout", "scrape_interval") if extra.get(key) is not None), "")
    if key and timeout and interval and timeout > interval:
        message = f"the timeout ({format_duration(timeout)}) is longer than the interval"
        yield Misfit(TIMEOUT_TOO_LONG, (*path, key), f"{message} ({format_duration(interval)})")


def _remote_writes(plan: Plan, stack: Stack) -> Iterator[Misfit]:
    base: Path = ("servers", "prometheus")
    targets: list[tuple[dict[str, Any], Path]] = []
    for index, (target, given) in enumerate(
        zip(stack.servers.remote_write, plan.servers.prometheus.remote_write, strict=True)
    ):
        here: Path = (*base, "remote_write", str(index))
        bare = {"url": given.url, **({"name": given.name} if given.name is not None else {})}
        yield from _undone("remote_write", bare, given.extra, (*here, "extra"))
        yield from _clashing(target.config, given.extra, (*here, "extra"))
        targets.append((target.config, here))
    for index, config in enumerate(map(as_map, as_list(stack.servers.prometheus_extra.get("remote_write")))):
        here = (*base, "extra", "remote_write", str(index))
        yield from _clashing(config, config, here)
        if not config.get("url"):
            yield Misfit(REFUSED, here, "a target of remote_write needs a URL", "add `url:`")
        targets.append((dict(config), here))
    yield from _twice("target of remote_write", [(c.get("name"), (*p, "name")) for c, p in targets])
    for index, (config, path) in enumerate(targets):
        if any(config == other for other, _ in targets[:index]):
            message = "the same target of remote_write is there twice, in every respect"
            yield Misfit(NAME_TAKEN, path, message, "leave one of them out")


def _channels(plan: Plan) -> Iterator[Misfit]:
    for channel in plan.channels.values():
        extra = channel.channel.extra
        if not extra:
            continue
        context = ChannelContext(channel.name, plan.severities, plan.compatible_with.alertmanager)
        bare = channel.channel.model_copy(update={"extra": {}})
        path = (*channel.path, "extra")
        for one in bare.delivery(context).integrations:
            words = _WORDS.get(channel.channel.type, {}) | {"send_resolved": "send_resolved"}
            yield from _undone_by(words, one.config, extra, path)
            whole = merged(one.config, extra)
            yield from _clashing(whole, extra, path)
            http = as_map(extra.get("http_config"))
            yield from _clashing(as_map(whole.get("http_config")), http, (*path, "http_config"))


def _routes(plan: Plan, stack: Stack) -> Iterator[Misfit]:
    for team in plan.teams.values():
        said = {
            key: format_duration(value)
            for key in _ROUTE_WORDS
            if (value := getattr(team.team, key)) is not None
        }
        words = _ROUTE_WORDS | {"receiver": "notify.default"}
        emitted = said | {"receiver": None}
        yield from _undone_by(words, emitted, team.team.extra, (*team.path, "extra"))
    root = {key: format_duration(getattr(plan.routing, key)) for key in _ROUTE_WORDS}
    root["receiver"] = stack.routing.root.receiver
    words = _ROUTE_WORDS | {"receiver": "default"}
    for path, extra in (
        (("routing", "extra"), plan.routing.extra),
        (("routing", "alertmanager_extra", "route"), as_map(plan.routing.alertmanager_extra.get("route"))),
    ):
        yield from _undone_by(words, root, extra, path)
    names = [(receiver.name, ()) for receiver in stack.routing.receivers]
    brought = as_list(stack.routing.extra.get("receivers"))
    home = ("routing", "alertmanager_extra")
    yield from _twice(
        "receiver",
        [
            *names,
            *((as_map(r).get("name"), (*home, "receivers", str(i), "name")) for i, r in enumerate(brought)),
        ],
    )
    yield from _twice(
        "time interval",
        [
            (as_map(one).get("name"), (*home, key, str(index), "name"))
            for key in ("time_intervals", "mute_time_intervals")
            for index, one in enumerate(as_list(stack.routing.extra.get(key)))
        ],
    )


def _twice(what: str, named: list[tuple[object, Path]]) -> Iterator[Misfit]:
    """An error for every name that was there before; what has no path of its own is not at fault."""
    seen: set[str] = set()
    for given, path in named:
        name = "" if given is None else str(given)
        if name and name in seen and path:
            yield Misfit(NAME_TAKEN, path, f"a second {what} would be called `{name}`", "rename one of them")
        seen.add(name)


def _undone(place: str, emitted: Mapping[str, Any], extra: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
    return _undone_by(_WORDS[place], emitted, extra, path)


def _undone_by(
    words: Mapping[str, str], emitted: Mapping[str, Any], extra: Mapping[str, Any], path: Path
) -> Iterator[Misfit]:
    for key, word in words.items():
        if key in extra and key in emitted and str(extra[key]) != str(emitted[key]):
            hint = f"say `{word}:` instead" if " " not in word else f"it is made of {word}"
            yield Misfit(UNDONE, (*path, key), f"`{key}` replaces what the spec says", hint, on_key=True)


def _clashing(config: Mapping[str, Any], extra: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
    """Keys of which a server takes one alone, when at least one of them stands in the `extra`."""
    for group in (_LOGINS, *_EITHER_OR):
        given = [key for key in group if config.get(key) not in (None, False)]
        ours = [key for key in given if extra.get(key) is not None]
        if len(given) > 1 and ours:
            other = next(key for key in given if key != ours[-1])
            message = f"`{ours[-1]}` cannot stand beside `{other}`"
            yield Misfit(REFUSED, (*path, ours[-1]), message, "keep one of them", on_key=True)
    if config.get("no_proxy") and not config.get("proxy_url") and extra.get("no_proxy"):
        yield Misfit(REFUSED, (*path, "no_proxy"), "`no_proxy` needs `proxy_url` beside it")
    for key in ("basic_auth", "authorization"):
        if as_map(extra.get(key)):
            yield from _clashing(as_map(config.get(key)), as_map(extra.get(key)), (*path, key))
