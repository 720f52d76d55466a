"""A witness: a field of a spec, another value for it, and what is seen of that."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.fields.seen import Seen

__all__ = [
    "Observe",
    "Witness",
    "annotation",
    "built",
    "codes",
    "job",
    "label",
    "receiver",
    "rule",
    "with_all",
]

Observe = Callable[[Seen], Any]

_CHANNELS = ("pager", "chat", "other", "spare")
_BASE: Mapping[str, Any] = {
    "organization": "acme",
    "teams": {
        "payments": {"notify": {"critical": ["pager"], "default": ["chat"]}},
        "platform": {"notify": {"default": ["other"]}},
    },
    "channels": {name: {"type": "webhook", "url": f"http://127.0.0.1:9/{name}"} for name in _CHANNELS},
    "routing": {"default": ["spare"]},
    "servers": {"alertmanager": {"addresses": ["127.0.0.1:9"]}},
    "services": {
        "checkout": {
            "team": "payments",
            "scrape": {"api": {"static": ["127.0.0.1:9"]}},
            "checks": {
                "health": {"type": "http", "url": "http://127.0.0.1:9/", "alert": {"severity": "high"}}
            },
            "recordings": {"service:errors:ratio": {"expr": 'sum(errors{service="checkout"})'}},
            "alerts": {
                "errors": {
                    "condition": {
                        "type": "threshold",
                        "metric": "error_rate",
                        "operator": "above",
                        "value": 5,
                    },
                    "severity": "high",
                    "description": "Too many errors",
                }
            },
        },
        "ledger": {"team": "platform", "scrape": {"books": {"static": ["127.0.0.1:9"]}}},
    },
}


@dataclass(frozen=True, slots=True)
class Witness:
    """`value` for the field at `path`, what to look at, and what is seen `before` and `after` it is set.

    `given` are values by path that both specs have. Where `path` has a value in there, or in the spec that
    all witnesses start from, that is the one before.
    """

    path: str
    value: Any
    observed: Observe
    before: Any
    after: Any
    given: Mapping[str, Any] = field(default_factory=dict)

    def specs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The spec before and the one after."""
        before = with_all(self.given)
        return before, with_all({self.path: self.value}, before)


def with_all(values: Mapping[str, Any], spec: Mapping[str, Any] = _BASE) -> dict[str, Any]:
    """`spec` with these values, each put at its path."""
    whole = deepcopy(dict(spec))
    for path, value in values.items():
        *parents, last = path.split(".")
        node: Any = whole
        for step in parents:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        node[int(last) if isinstance(node, list) else last] = deepcopy(value)
    return whole


def rule(key: str, name: str = "errors") -> Observe:
    """What Prometheus says of the rule `name`; None when there is no such rule."""
    return lambda seen: seen.rules.get(name, {}).get(key)


def label(key: str, name: str = "errors") -> Observe:
    """A label of the rule `name`."""
    return lambda seen: seen.rules[name]["labels"].get(key)


def annotation(key: str, name: str = "errors") -> Observe:
    """An annotation of the alert `name`."""
    return lambda seen: seen.rules[name]["annotations"].get(key)


def receiver(name: str = "errors") -> Observe:
    """Where Alertmanager sends the alert `name`."""
    return lambda seen: ", ".join(seen.receivers[name])


def job(*keys: str, name: str = "checkout-api") -> Observe:
    """What Prometheus has for the scrape job `name`, below these keys; None when there is no such thing."""

    def look(seen: Seen) -> Any:
        found: Any = next((j for j in seen.prometheus["scrape_configs"] if j["job_name"] == name), None)
        for key in keys:
            found = None if found is None else found.get(key)
        return found

    return look


def built(path: str, *keys: str | int) -> Observe:
    """What stands in a JSON file of the tree, below these keys; None when there is no such file or key."""

    def look(seen: Seen) -> Any:
        found: Any = seen.json(path) if path in seen.files else None
        for key in keys:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int):
                found = found[key]
        return found

    return look


def codes(seen: Seen) -> str:
    """The codes of the diagnostics."""
    return " ".join(seen.codes)
