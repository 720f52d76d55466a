"""The tree a build is made from: overlays laid on, profiles and per-type defaults filled in.

All of it happens on nodes, so every value keeps the place it was written at, and what comes out is
validated as if it had been written out in full.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitorgen.model.diagnostic import Code, Diagnostic, Related, Severity
from monitorgen.model.rules import Path
from monitorgen.source.merge import KINDS_DIFFER
from monitorgen.source.named import named_list_to_mapping
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence, get
from monitorgen.source.overlay import Replaced, combine, combine_all, overlay
from monitorgen.spec.environments import CODES as ENVIRONMENT_CODES
from monitorgen.spec.environments import changing_nothing, taking_nothing, unknown_environment
from monitorgen.spec.idle import CODES as IDLE_CODES
from monitorgen.spec.idle import idle_lines
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "Prepared", "prepare", "words"]

UNKNOWN_PROFILE = Code(
    "MG0301",
    "a profile that does not exist",
    "`use:` takes a bundle from `profiles:`. A name that is not there would leave the service without what "
    "its author thinks it has.",
    bad=example("").replace("team: payments\n    alerts", "team: payments\n    use: [web]\n    alerts"),
    good=example("").replace("team: payments\n    alerts", "team: payments\n    use: [web]\n    alerts")
    + "profiles: {web: {labels: {kind: web}}}\n",
)
UNUSED_PROFILE = Code(
    "MG0302",
    "a profile no service takes",
    "A profile is only read as part of the services that take it, so one that nobody takes is neither built "
    "nor checked.",
    severity=Severity.WARNING,
    bad=example("") + "profiles: {web: {labels: {kind: web}}}\n",
    good=example(""),
)
BUNDLE_IN_BUNDLE = Code(
    "MG0304",
    "a bundle inside of a bundle",
    "Profiles are taken by services and environments are laid on the spec, each once: a profile that takes "
    "profiles, or an environment within an environment, would be passed over in silence.",
    bad=example("").replace("team: payments\n    alerts", "team: payments\n    use: [web]\n    alerts")
    + "profiles:\n  web: {use: [base]}\n",
    good=example("").replace("team: payments\n    alerts", "team: payments\n    use: [web, base]\n    alerts")
    + "profiles:\n  web: {labels: {kind: web}}\n  base: {labels: {region: eu1}}\n",
)
CODES = (UNKNOWN_PROFILE, UNUSED_PROFILE, BUNDLE_IN_BUNDLE, *ENVIRONMENT_CODES, *IDLE_CODES)

_NAMED_SECTIONS = ("teams", "channels", "services", "profiles", "environments")
_NAMED_PARTS = ("scrape", "checks", "recordings", "alerts")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The effective tree of one environment, and what its overlay replaced."""

    root: Mapping
    environment: str
    replaced: tuple[Replaced, ...]
    elsewhere: frozenset[str]
    """Every word of the other environments, and of what the overlay replaced."""
    diagnostics: tuple[Diagnostic, ...]
    set_aside: frozenset[Path] = frozenset()
    """Things of the tree that stand for nothing: their diagnostics have been made."""


def prepare(root: Mapping, environment: str = "") -> Prepared:
    """The tree of `environment`; without a name that of the spec's own `environment:`."""
    found: list[Diagnostic] = []
    root = _keyed_sections(root, found)
    found += _nested(root, "profiles", "use", "name them in the service's own `use:`")
    found += _nested(root, "environments", "environments", "give each environment on its own")
    own = get(root, "environment")
    chosen = environment or (own.text if isinstance(own, Scalar) and not own.is_null else "")
    base, top = root, _overlay_of(root, chosen, bool(environment), found)
    replaced: list[Replaced] = []
    if top is not None and isinstance(top.value, Mapping):
        found += taking_nothing(base, top.value)
        root, replaced = overlay(base, top.value)
        root = _replace(root, {"environment": Entry(top.key, top.key)})
    root = _with_defaults(root)
    root = _with_profiles(root, found)
    changes = dict(changing_nothing(base, top.value, root)) if top and isinstance(top.value, Mapping) else {}
    found += changes.values()
    elsewhere = frozenset(
        word
        for node in (*(change.old for change in replaced), get(root, "environments"))
        for word in words(node)
    )
    found += idle_lines(root, chosen, elsewhere)
    return Prepared(root, chosen, tuple(replaced), elsewhere, tuple(found), frozenset(changes))


def _nested(root: Mapping, section: str, key: str, hint: str) -> Iterator[Diagnostic]:
    """A diagnostic for every bundle of `section` that has `key`, which only the whole spec may have."""
    bundles = get(root, section)
    for name, bundle in bundles.entries.items() if isinstance(bundles, Mapping) else ():
        if isinstance(bundle.value, Mapping) and (inner := bundle.value.entries.get(key)) is not None:
            yield BUNDLE_IN_BUNDLE.at(inner.key.span, f"`{key}` has no effect within `{name}`", hint=hint)


def _misshapen(service: Mapping, bundle: Mapping) -> Iterator[Diagnostic]:
    """A diagnostic where one of the two has a map and the other has not: what the bundle says is lost."""
    for name, entry in bundle.entries.items():
        mine = service.entries.get(name)
        if mine is None:
            continue
        if isinstance(mine.value, Mapping) and isinstance(entry.value, Mapping):
            yield from _misshapen(mine.value, entry.value)
        elif isinstance(mine.value, Mapping) or isinstance(entry.value, Mapping):
            message = f"`{name}` has another shape here than in a service that takes it"
            related = [Related("the service has it here", mine.key.span)]
            hint = "give it the same shape in both places"
            yield KINDS_DIFFER.at(entry.key.span, message, hint=hint, related=related)


def words(node: Node | None) -> Iterator[str]:
    """The text of every scalar in `node`, keys left out."""
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from words(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from words(item)


def _keyed_sections(root: Mapping, found: list[Diagnostic]) -> Mapping:
    root = _keyed(root, _NAMED_SECTIONS, found)
    for section in ("services", "profiles"):
        root = _each(root, section, lambda node: _keyed(node, _NAMED_PARTS, found))
    return _each(root, "environments", lambda node: _keyed_sections(node, found))


def _keyed(node: Mapping, names: tuple[str, ...], found: list[Diagnostic]) -> Mapping:
    changed = {}
    for name in names:
        entry = node.entries.get(name)
        if entry is not None and isinstance(entry.value, Sequence):
            mapping, faults = named_list_to_mapping(entry.value)
            found += faults
            changed[name] = Entry(entry.key, mapping)
    return _replace(node, changed)


def _each(root: Mapping, section: str, change: Callable[[Mapping], Mapping]) -> Mapping:
    """`root` with `change` made to every map of a section, and untouched where nothing changes."""
    entry = root.entries.get(section)
    if entry is None or not isinstance(entry.value, Mapping):
        return root
    changed = {}
    for name, item in entry.value.entries.items():
        if isinstance(item.value, Mapping):
            new = change(item.value)
            if new is not item.value:
                changed[name] = Entry(item.key, new)
    return _replace(root, {section: Entry(entry.key, _replace(entry.value, changed))} if changed else {})


def _replace(node: Mapping, changed: dict[str, Entry]) -> Mapping:
    if not changed:
        return node
    return Mapping(node.source, node.start, node.end, {**node.entries, **changed})


def _overlay_of(root: Mapping, chosen: str, asked: bool, found: list[Diagnostic]) -> Entry | None:
    """The entry of `environments:` for `chosen`; one that was asked for and is not there is reported."""
    section, own = get(root, "environments"), get(root, "environment")
    entry = section.entries.get(chosen) if isinstance(section, Mapping) else None
    is_own = isinstance(own, Scalar) and own.text == chosen
    if asked and entry is None and not is_own:
        found.append(unknown_environment(root, chosen))
    return entry


def _with_defaults(root: Mapping) -> Mapping:
    """Channels and checks, those of profiles too, with what `defaults` says for their type."""
    for_channels = get(root, "defaults", "channels")
    if isinstance(for_channels, Mapping):
        root = _each(root, "channels", lambda node: _typed_defaults(node, for_channels))
    for_checks = get(root, "defaults", "checks")
    if isinstance(for_checks, Mapping):
        for section in ("services", "profiles"):
            root = _each(
                root,
                section,
                lambda bundle: _each(bundle, "checks", lambda node: _typed_defaults(node, for_checks)),
            )
    return root


def _typed_defaults(node: Mapping, defaults: Mapping) -> Mapping:
    kind = get(node, "type")
    bundle = get(defaults, kind.text) if isinstance(kind, Scalar) else None
    return combine(node, bundle) if isinstance(bundle, Mapping) else node


def _with_profiles(root: Mapping, found: list[Diagnostic]) -> Mapping:
    section = get(root, "profiles")
    profiles = section.entries if isinstance(section, Mapping) else {}
    used: set[str] = set()

    def take(service: Mapping) -> Mapping:
        use = get(service, "use")
        if not isinstance(use, Sequence):
            return service
        bundles = []
        for item in use.items:
            if not isinstance(item, Scalar):
                continue
            entry = profiles.get(item.text)
            if entry is None:
                message = f"there is no profile `{item.text}`"
                found.append(
                    UNKNOWN_PROFILE.at(item.span, message, hint=did_you_mean(item.text, sorted(profiles)))
                )
            else:
                used.add(item.text)
                if isinstance(entry.value, Mapping):
                    bundles.append(entry.value)
        for bundle in bundles:
            found.extend(_misshapen(service, bundle))
        whole, faults = combine_all(service, bundles)
        found.extend(faults)
        return whole

    root = _each(root, "services", take)
    if any(d.code == UNKNOWN_PROFILE.id for d in found):
        return root  # the one that is meant there is not taken by anybody yet
    for name, entry in profiles.items():
        if name not in used:
            hint = "take it with `use:` in a service, or remove it"
            found.append(UNUSED_PROFILE.at(entry.key.span, f"no service takes profile `{name}`", hint=hint))
    return root
