"""What a discovery is: its schema, and the Prometheus service discovery it becomes."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from monitorgen.model.duration import format_duration
from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.amounts import SomeTime
from monitorgen.vocabulary.base import Model

__all__ = ["Discovery", "DiscoveryContext", "Refreshed", "keep", "label", "meta", "settings"]


@dataclass(frozen=True, slots=True)
class DiscoveryContext:
    """What a discovery may need to know of the rest of the spec."""

    service: str
    job: str
    aws_role: str
    """The ARN of the role that `clouds: aws:` makes for discovery, or empty."""


class Discovery:
    """One way of finding targets, mixed into the model that is its schema.

    `key` is how a scrape job of a spec asks for it. A job may have several discoveries, and Prometheus
    applies all relabelling to all targets: a step must leave targets alone that it did not find itself.
    """

    key: ClassVar[str]

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:
        """The service discovery blocks, each with the relabelling that names its targets."""
        raise NotImplementedError


class Refreshed(Model):
    """The field of every discovery that asks again from time to time."""

    refresh_interval: SomeTime | None = None
    """How often to look for targets. Without it, as often as Prometheus does by itself."""

    def refresh(self) -> str:
        """The interval as Prometheus spells it, or empty."""
        return "" if self.refresh_interval is None else format_duration(self.refresh_interval)


def label(name: str, *sources: str, pattern: str = "(.+)", replacement: str = "") -> dict[str, Any]:
    """The relabelling step that sets `name` from what a discovery knows, where it knows anything.

    Prometheus joins several `sources` by `;` before it applies `pattern`.
    """
    step: dict[str, Any] = {"source_labels": list(sources), "regex": pattern, "target_label": name}
    return step | {"replacement": replacement} if replacement else step


def keep(found_by: str, source: str, pattern: str) -> dict[str, Any]:
    """The relabelling step that drops targets whose `source` does not match `pattern`.

    Only targets that carry the label `found_by` are judged: the others come from another discovery.
    """
    return {"action": "keep", "source_labels": [found_by, source], "regex": f";.*|.+;{pattern}"}


def meta(prefix: str, name: str) -> str:
    """The label in which Prometheus hands over a tag: what a label name cannot hold becomes `_`."""
    return f"__meta_{prefix}_" + re.sub(r"[^A-Za-z0-9_]", "_", name)


def settings(**fields: Any) -> dict[str, Any]:
    """The fields that were given: neither None nor empty."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}
