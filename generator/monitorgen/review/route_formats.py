"""Where an alert goes, as text for people and as JSON for programs."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from monitorgen.model.span import Span
from monitorgen.review.diagnostics.visible import one_line
from monitorgen.review.route import Delivery, Routed, RoutedAlert
from monitorgen.source.node import Source

__all__ = ["route_json", "route_text"]

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _RESET = (
    *("\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m"),
    "\x1b[0m",
)
_LONGEST_LINE = 100


def route_text(found: Routed, sources: Mapping[str, Source], color: bool) -> str:
    """The deliveries with their routes and lines, then the alerts of the spec that have the labels.

    Where missing labels take those alerts elsewhere, they come first: their ways are what is asked for.
    """
    page = _Page(sources, color)
    walked = [list(page.delivery(delivery)) for delivery in found.deliveries] if found.asked else []
    if found.undecided:
        walked.append([f"`{found.undecided}` is a pattern that only Alertmanager can judge: ask amtool"])
    alerts = list(page.alerts(found))
    if found.asked and found.alerts_differ():
        lacks = " or ".join(found.absent) or "channels of its own"
        alone = f"an alert with these labels and no {lacks}"
        sections = [list(page.asked(found)), alerts, [alone], *walked]
    else:
        sections = [list(page.asked(found)), *walked, alerts]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


class _Page:
    def __init__(self, sources: Mapping[str, Source], color: bool) -> None:
        self._sources = sources
        self._color = color

    def _paint(self, text: str, paint: str) -> str:
        return f"{paint}{text}{_RESET}" if self._color else text

    def _place(self, span: Span | None) -> str:
        return self._paint(f"{one_line(span.file)}:{span.line}", _DIM) if span else ""

    def _line(self, span: Span | None) -> str:
        """`file:line: the line itself`, or nothing."""
        if span is None:
            return ""
        source = self._sources.get(span.file)
        text = source.line(span.line, 0, 4 * _LONGEST_LINE).strip() if source else ""
        shown = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
        return f"{self._place(span)}: {one_line(shown)}"

    def asked(self, found: Routed) -> Iterator[str]:
        where = f" in environment {found.environment}" if found.environment else ""
        yield self._paint(_labels(found.asked) or "every alert", _BOLD) + where
        for note in found.notes:
            yield self._note(note)
        more = {name: value for name, value in found.labels.items() if name not in found.asked}
        if more and len(found.alerts) == 1:
            yield self._note(f"one alert of the spec has these labels; its others are {_labels(more)}")
            for reason in found.reasons:
                yield f"        {one_line(reason.label)}: {self._line(reason.span)}"
            return
        if more:
            have = "it" if len(more) == 1 else "them"
            these = f"all {len(found.alerts)} alerts with these labels have {have}"
            yield self._note(f"{_labels(more)} filled in: {these}")
        if found.asked and found.absent and not found.alerts_differ():
            count = "counts" if len(found.absent) == 1 else "count"
            yield self._note(f"{' and '.join(found.absent)}, not given, {count} as absent")

    def _note(self, text: str) -> str:
        lines = textwrap.wrap(one_line(text), 72, break_long_words=False, break_on_hyphens=False)
        return f"  {self._paint('note:', _YELLOW)} " + "\n        ".join(lines)

    def delivery(self, delivery: Delivery) -> Iterator[str]:
        alone = " (what no team's route takes)" if len(delivery.path) == 1 else ""
        yield f"goes to {self._paint(one_line(delivery.receiver), _GREEN)}{alone}"
        if not delivery.channels:
            yield f"  {self._paint('which has no channel: nobody is told', _RED)}"
        width = max((len(told.name) for told in delivery.channels), default=0)
        for told in delivery.channels:
            yield f"  {told.name:<{width}}  {told.type:<9}  {self._place(told.span)}"
        yield ""
        yield "by the routes"
        for depth, hop in enumerate(delivery.path):
            lead = "  " * (depth + 1)
            matchers = one_line(", ".join(hop.matchers)) or "every alert"
            yield f"{lead}{matchers} {self._paint('->', _DIM)} {one_line(hop.receiver)}"
            line = self._line(hop.span) or self._paint("the spec has no `routing.default`", _DIM)
            yield f"{lead}    {line}"
        yield ""
        yield "grouped and repeated by"
        for setting in delivery.settings:
            place = self._place(setting.span) or self._paint("default", _DIM)
            yield f"  {setting.name:<15}  {one_line(setting.value)}  {place}"

    def alerts(self, found: Routed) -> Iterator[str]:
        if not found.alerts:
            yield "no alert of the spec has these labels"
            return
        count = f"{len(found.alerts)} alert" + ("" if len(found.alerts) == 1 else "s")
        yield f"{count} of the spec with these labels" if found.asked else f"{count} of the spec"
        width = max(len(f"{alert.service} {alert.name}") for alert in found.alerts)
        severities = max(len(alert.severity) for alert in found.alerts)
        here = found.receivers() if found.asked and not found.alerts_differ() else None
        by_end: dict[tuple[tuple[str, ...], Span | None], list[RoutedAlert]] = {}
        for alert in found.alerts:
            end = (alert.receivers, None if alert.receivers == here else alert.decided)
            by_end.setdefault(end, []).append(alert)
        for (receivers, decided), alerts in by_end.items():
            as_above = self._paint(" (as above)", _DIM) if receivers == here else ""
            yield f"  go to {self._paint(one_line(', '.join(receivers)), _GREEN)}{as_above}"
            if decided is not None:
                yield f"    {self._line(decided)}"
            for alert in alerts:
                named = f"{alert.service} {alert.name}"
                yield f"      {named:<{width}}  {alert.severity:<{severities}}  {self._place(alert.span)}"


def _labels(labels: Mapping[str, str]) -> str:
    return one_line(" ".join(f"{name}={value}" for name, value in labels.items()))


def route_json(found: Routed, sources: Mapping[str, Source]) -> str:
    """The same as one JSON object."""

    def place(span: Span | None) -> dict[str, Any] | None:
        if span is None:
            return None
        source = sources.get(span.file)
        text = source.line(span.line) if source else ""
        return {"file": span.file, "line": span.line, "text": text.strip()}

    def delivery(one: Delivery) -> dict[str, Any]:
        return {
            "receiver": one.receiver,
            "channels": [
                {"name": told.name, "type": told.type, "place": place(told.span)} for told in one.channels
            ],
            "path": [
                {"matchers": list(hop.matchers), "receiver": hop.receiver, "place": place(hop.span)}
                for hop in one.path
            ],
            "settings": {
                setting.name: {"value": setting.value, "place": place(setting.span)}
                for setting in one.settings
            },
        }

    def alert(one: RoutedAlert) -> dict[str, Any]:
        return {
            "alert": one.name,
            "service": one.service,
            "severity": one.severity,
            "receivers": list(one.receivers),
            "place": place(one.span),
            "decided_by": place(one.decided),
        }

    content = {
        "asked": dict(found.asked),
        "labels": dict(found.labels),
        "environment": found.environment,
        "deliveries": [delivery(one) for one in found.deliveries],
        "undecided": found.undecided,
        "absent": list(found.absent),
        "reasons": [
            {"label": reason.label, "value": reason.value, "place": place(reason.span)}
            for reason in found.reasons
        ],
        "alerts": [alert(one) for one in found.alerts],
        "notes": list(found.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
