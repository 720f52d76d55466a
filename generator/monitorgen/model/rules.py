"""Recording and alerting rules, grouped and filed as Prometheus loads them."""

from monitorgen.model.frozen import frozen

__all__ = ["AlertingRule", "Path", "RecordingRule", "RuleFile", "RuleGroup"]

Path = tuple[str, ...]
"""Where in the spec a value comes from: the keys from the root down."""


@frozen
class AlertingRule:
    """One alerting rule. Durations in seconds; labels and annotations are written in the order given."""

    alert: str
    expr: str
    for_: float
    keep_firing_for: float
    labels: dict[str, str]
    annotations: dict[str, str]
    origin: Path


@frozen
class RecordingRule:
    """One recording rule."""

    record: str
    expr: str
    labels: dict[str, str]
    origin: Path


@frozen
class RuleGroup:
    """Rules evaluated one after the other, every `interval` seconds."""

    name: str
    interval: float
    rules: tuple[RecordingRule | AlertingRule, ...]


@frozen
class RuleFile:
    """One rule file; `path` is relative to the Prometheus folder of the tree."""

    path: str
    groups: tuple[RuleGroup, ...]
