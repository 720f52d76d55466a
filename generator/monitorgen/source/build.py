"""The nodes of a file from its YAML events: anchors, merge keys, and every limit that keeps a file harmless.

libyaml's composer recurses on the C stack and dies of 100,000 open brackets, so only its event parser is
used and the tree is built here. The parser itself keeps its stack on the heap, and reading ends at the first
event that is too deep, so neither time nor memory can run away.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn

import yaml

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source import faults
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence, Source

__all__ = ["MAX_DEPTH", "MAX_DOCUMENTS", "MAX_EXPANDED", "MAX_FAULTS", "MAX_NODES", "build"]

MAX_DEPTH = 100
"""How deep maps and lists may stand in each other, aliases followed."""

MAX_NODES = 2_000_000
"""Keys and values in one file: some 14,000 services, and 500 MB."""

MAX_DOCUMENTS = 10_000
"""Documents in one file."""

MAX_EXPANDED = 1_000_000
"""Keys and values that the aliases of one file may stand for in all."""

MAX_FAULTS = 200
"""Faults in one file after which reading it stops; nobody mends more in one go."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Event: Any = Any

# The events of libyaml are these classes too, but with marks of another class: hence Any.
_ScalarEvent: Any = yaml.ScalarEvent
_AliasEvent: Any = yaml.AliasEvent
_MappingStart: Any = yaml.MappingStartEvent
_MappingEnd: Any = yaml.MappingEndEvent
_SequenceEnd: Any = yaml.SequenceEndEvent

# How libyaml reads an anchor and a tag, and the white space and comments between these and the node.
# Everything that can be long is possessive: no text can make the match go back and forth.
_ANCHOR = r"&[0-9A-Za-z_-]+"
_TAG = r"!(?:<[^>\s]*>|[-\w;/?:@&=+$.!~*'()%]*)"
_BREAK = r"\r\n\x85\u2028\u2029"
_GAP = rf"(?:[ \t]*+(?:#[^{_BREAK}]*+)?+[{_BREAK}])*+[ \t]*+"
_PROPERTIES = re.compile(
    f"(?:{_ANCHOR}|(?P<tag>{_TAG})){_GAP}(?:(?:{_ANCHOR}|(?P<second>{_TAG})){_GAP})?", re.ASCII
)
_CORE = "tag:yaml.org,2002:"
# Tags that say what is so anyway: text is kept as text, and the field that takes it gives it a type.
_HARMLESS_TAGS = frozenset(
    {"!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq"))}
)


class _StopError(Exception):
    """Reading this file further is useless or unsafe; the reason is already noted."""


def build(source: Source, found: list[Diagnostic]) -> list[Node]:
    """The root of each document of `source`; faults go to `found`.

    After a fault that makes it useless or unsafe to read on there are none.
    Raises `yaml.YAMLError` for what is not YAML, and `UnicodeError` for lone surrogates.
    """
    return _Builder(source, found).documents()


class _Builder:
    def __init__(self, source: Source, found: list[Diagnostic]) -> None:
        self.source = source
        self.found = found
        self.loader = _Loader(source.text)
        self.next: Callable[[], _Event] = self.loader.get_event
        self.nodes = 0
        self.expanded = 0
        # Of each anchor: its node (None while it is still open), the nodes it stands for, and its height.
        self.anchors: dict[str, tuple[Node | None, int, int]] = {}
        self.deepest = 0

    def documents(self) -> list[Node]:
        roots: list[Node] = []
        try:
            while (event := self.next()) is not None:
                kind = type(event)
                if kind is yaml.DocumentStartEvent:
                    self.anchors = {}
                    if len(roots) >= MAX_DOCUMENTS:
                        at = event.start_mark.index
                        self.stop(faults.too_many_documents(self.source.span(at, at + 3), MAX_DOCUMENTS))
                elif kind not in (yaml.StreamStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent):
                    roots.append(self.node(event, 1))
        except _StopError:
            return []
        finally:
            self.loader.dispose()
        return roots

    def node(self, event: _Event, depth: int) -> Node:
        kind = type(event)
        if kind is _AliasEvent:
            return self.alias(event, depth)
        if event.anchor is None and event.tag is None:
            return self.bare(event, kind, event.start_mark.index, depth)
        start = self.past_properties(event)
        if event.anchor is None:
            return self.bare(event, kind, start, depth)
        return self.anchored(event, kind, start, depth)

    def bare(self, event: _Event, kind: type, start: int, depth: int) -> Node:
        if kind is _ScalarEvent:
            return Scalar(self.source, start, event.end_mark.index, event.value, event.style or "")
        if depth > MAX_DEPTH:
            self.stop(faults.too_deep(self.source.span(start, start + 1), MAX_DEPTH))
        if depth > self.deepest:
            self.deepest = depth
        if kind is _MappingStart:
            return self.mapping(start, depth)
        return self.sequence(start, depth)

    def mapping(self, start: int, depth: int) -> Mapping:
        source, get_event, node = self.source, self.next, self.node
        entries: dict[str, Entry] = {}
        merges: list[tuple[Scalar, Node]] = []
        end = start + 1
        key: Node
        value: Node
        # Plain keys and values without anchor or tag are nearly all there is: they skip two calls each.
        event = get_event()
        while (kind := type(event)) is not _MappingEnd:
            if kind is _ScalarEvent and event.anchor is None and event.tag is None:
                key = Scalar(
                    source, event.start_mark.index, event.end_mark.index, event.value, event.style or ""
                )
            else:
                key = node(event, depth + 1)
            event = get_event()
            kind = type(event)
            end = event.end_mark.index
            if kind is _ScalarEvent and event.anchor is None and event.tag is None:
                value = Scalar(source, event.start_mark.index, end, event.value, event.style or "")
            else:
                value = node(event, depth + 1)
                if kind is not _AliasEvent:
                    end = value.end
            self.nodes += 2
            if self.nodes > MAX_NODES:
                self.stop(faults.too_many_nodes(source.span(end, end), MAX_NODES))
            if type(key) is not Scalar or (not key.text and key.style == ""):
                self.bad_key(key)
            elif key.text == "<<" and key.style == "":
                if merges:
                    self.note(faults.duplicate_key(merges[0][0].span, key.span, key.text))
                merges.append((key, value))
            elif key.text in entries:
                self.note(faults.duplicate_key(entries[key.text].key.span, key.span, key.text))
            else:
                entries[key.text] = Entry(key, value)
            event = get_event()
        if source.text[start : start + 1] == "{":
            end = event.end_mark.index
        if merges:
            entries = self.merged(merges, entries)
        return Mapping(source, start, end, entries)

    def sequence(self, start: int, depth: int) -> Sequence:
        source, get_event, node = self.source, self.next, self.node
        items: list[Node] = []
        item: Node
        end = start + 1
        event = get_event()
        while type(event) is not _SequenceEnd:
            kind = type(event)
            end = event.end_mark.index
            if kind is _ScalarEvent and event.anchor is None and event.tag is None:
                item = Scalar(source, event.start_mark.index, end, event.value, event.style or "")
            else:
                item = node(event, depth + 1)
                if kind is not _AliasEvent:
                    end = item.end
            items.append(item)
            self.nodes += 1
            if self.nodes > MAX_NODES:
                self.stop(faults.too_many_nodes(source.span(end, end), MAX_NODES))
            event = get_event()
        if source.text[start : start + 1] == "[":
            end = event.end_mark.index
        return Sequence(source, start, end, items)

    def anchored(self, event: _Event, kind: type, start: int, depth: int) -> Node:
        """A node with an anchor: what stands in it is counted, for the aliases that repeat it."""
        name = event.anchor
        self.anchors[name] = (None, 0, 0)
        before, self.deepest, outer = self.nodes + self.expanded, depth - 1, self.deepest
        node = self.bare(event, kind, start, depth)
        size = self.nodes + self.expanded - before + 1
        self.anchors[name] = (node, size, self.deepest - depth + 1)
        self.deepest = max(self.deepest, outer)
        return node

    def alias(self, event: _Event, depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        span = self.source.span
        if event.anchor not in self.anchors:
            self.note(faults.unknown_alias(span(start, end), event.anchor, self.anchors))
            return Scalar(self.source, start, end, "", "")
        node, size, height = self.anchors[event.anchor]
        if node is None:
            self.note(faults.recursive_alias(span(start, end), event.anchor))
            return Scalar(self.source, start, end, "", "")
        self.expanded += size
        if self.expanded > MAX_EXPANDED:
            self.stop(faults.too_much_repeated(span(start, end), MAX_EXPANDED))
        if depth + height - 1 > MAX_DEPTH:
            self.stop(faults.too_deep(span(start, end), MAX_DEPTH))
        self.deepest = max(self.deepest, depth + height - 1)
        return node

    def merged(self, merges: list[tuple[Scalar, Node]], own: dict[str, Entry]) -> dict[str, Entry]:
        """The entries of `<<`, then the map's own; own keys win, and earlier maps of a list."""
        entries: dict[str, Entry] = {}
        for key, value in merges:
            for part in value.items if type(value) is Sequence else (value,):
                if type(part) is not Mapping:
                    if self.stands_for_nothing(part):
                        continue
                    self.note(faults.bad_merge(key.span, part.span))
                    continue
                for name, entry in part.entries.items():
                    entries.setdefault(name, entry)
        entries.update(own)
        return entries

    def stands_for_nothing(self, node: Node) -> bool:
        """True for what `alias` returns after a fault of its own."""
        return type(node) is Scalar and node.is_null and self.source.text.startswith("*", node.start)

    def past_properties(self, event: _Event) -> int:
        """Where the node itself begins, after its anchor and tag; a tag that is not harmless is a fault."""
        start: int = event.start_mark.index
        end: int = event.end_mark.index
        limit = end if type(event) is _ScalarEvent else len(self.source.text)
        match = _PROPERTIES.match(self.source.text, start, limit)
        if match is None:
            return start
        if event.tag is not None and event.tag not in _HARMLESS_TAGS:
            tag = "tag" if match["tag"] is not None else "second"
            self.note(faults.tag(self.source.span(*match.span(tag)), match[tag] or event.tag))
        return match.end()

    def bad_key(self, key: Node) -> None:
        template = self.source.text.startswith("{{", max(0, key.start - 1))
        span = self.source.span(key.start, key.end)
        self.note(faults.key(span, empty=type(key) is Scalar, template=template))

    def note(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)
        if len(self.found) >= MAX_FAULTS:
            self.found.append(faults.too_many_faults(diagnostic.span, MAX_FAULTS))
            raise _StopError

    def stop(self, diagnostic: Diagnostic) -> NoReturn:
        self.found.append(diagnostic)
        raise _StopError
