"""The tree a build is made from: overlays laid on, profiles and per-type defaults filled in.

All of it happens on nodes, so every value keeps the place it was written at, and what comes out is
validated as if it had been written out in full.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from monitorgen.model.diagnostic import Code, Diagnostic, Related, Severity
from monitorgen.source.merge import KINDS_DIFFER
from monitorgen.source.named import named_list_to_mapping
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence, get
from monitorgen.source.overlay import Replaced, combine, combine_all, overlay
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "Prepared", "did_you_mean", "environments", "prepare", "words"]

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
UNKNOWN_ENVIRONMENT = Code(
    "MG0303",
    "an environment that does not exist",
    "`--environment` picks an overlay from `environments:`. Building without the overlay would put the wrong "
    "settings into the right place.",
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
NOTHING_TAKEN_AWAY = Code(
    "MG0305",
    "an environment that takes away what is not there",
    "In an environment a key without a value takes away what the spec says. With nothing there to take, the "
    "name is mistyped, or the thing comes from a profile and stays.",
    bad=example("") + "environments: {staging: {services: {checkout: {alerts: {error: null}}}}}\n",
    good=example("tags: [web]")
    + "environments: {staging: {services: {checkout: {alerts: {errors: {tags: null}}}}}}\n",
)
CODES = (UNKNOWN_PROFILE, UNUSED_PROFILE, UNKNOWN_ENVIRONMENT, BUNDLE_IN_BUNDLE, NOTHING_TAKEN_AWAY)

_PROFILES_STAY = "to leave out what a profile brings, say `enabled: false` and a reason"
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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for the nearest of `known`, else the list of them in the order given, as a hint."""
    names = list(dict.fromkeys(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"there is {shown}"


def environments(root: Mapping) -> tuple[str, ...]:
    """The names of the spec's overlays."""
    section = get(root, "environments")
    if isinstance(section, Sequence):
        section, _ = named_list_to_mapping(section)
    return tuple(section.entries) if isinstance(section, Mapping) else ()


def prepare(root: Mapping, environment: str = "") -> Prepared:
    """The tree of `environment`; without a name that of the spec's own `environment:`."""
    found: list[Diagnostic] = []
    root = _keyed_sections(root, found)
    found += _nested(root, "profiles", "use", "name them in the service's own `use:`")
    found += _nested(root, "environments", "environments", "give each environment on its own")
    own = get(root, "environment")
    chosen = environment or (own.text if isinstance(own, Scalar) and not own.is_null else "")
    root, replaced = _with_overlay(root, chosen, bool(environment), found)
    root = _with_defaults(root)
    root = _with_profiles(root, found)
    elsewhere = frozenset(
        word
        for node in (*(change.old for change in replaced), get(root, "environments"))
        for word in words(node)
    )
    return Prepared(root, chosen, tuple(replaced), elsewhere, tuple(found))


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


def _with_overlay(
    root: Mapping, chosen: str, asked: bool, found: list[Diagnostic]
) -> tuple[Mapping, list[Replaced]]:
    section = root.entries.get("environments")
    overlays = section.value.entries if section and isinstance(section.value, Mapping) else {}
    own = root.entries.get("environment")
    is_own = own is not None and isinstance(own.value, Scalar) and own.value.text == chosen
    if asked and chosen not in overlays and not is_own:
        known = [*overlays, *([own.value.text] if own and isinstance(own.value, Scalar) else [])]
        found.append(
            UNKNOWN_ENVIRONMENT.at(
                section.key.span if section else None,
                f"there is no environment `{chosen}`",
                hint=did_you_mean(chosen, sorted(known)) or "the spec has no `environments:`",
            )
        )
    entry = overlays.get(chosen)
    replaced: list[Replaced] = []
    if entry is not None and isinstance(entry.value, Mapping):
        found += _taking_nothing(root, entry.value)
        root, replaced = overlay(root, entry.value)
        root = _replace(root, {"environment": Entry(entry.key, entry.key)})
    return root, replaced


def _taking_nothing(base: Mapping, top: Mapping) -> Iterator[Diagnostic]:
    """A diagnostic for every null of an overlay with nothing below it."""
    for name, entry in top.entries.items():
        mine = base.entries.get(name)
        if mine is None:
            if isinstance(entry.value, Scalar) and entry.value.is_null:
                hint = (
                    did_you_mean(name, sorted(base.entries))
                    or "what a profile brings is left out by `enabled: false`"
                )
                message = f"there is no `{name}` here to take away"
                yield NOTHING_TAKEN_AWAY.at(entry.key.span, message, hint=hint or _PROFILES_STAY)
        elif isinstance(mine.value, Mapping) and isinstance(entry.value, Mapping):
            yield from _taking_nothing(mine.value, entry.value)


def _with_defaults(root: Mapping) -> Mapping:
    """Channels and checks with what `defaults` says for their type."""
    for_channels = get(root, "defaults", "channels")
    if isinstance(for_channels, Mapping):
        root = _each(root, "channels", lambda node: _typed_defaults(node, for_channels))
    for_checks = get(root, "defaults", "checks")
    if isinstance(for_checks, Mapping):
        root = _each(
            root,
            "services",
            lambda service: _each(service, "checks", lambda node: _typed_defaults(node, for_checks)),
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
    for name, entry in profiles.items():
        if name not in used:
            hint = "take it with `use:` in a service, or remove it"
            found.append(UNUSED_PROFILE.at(entry.key.span, f"no service takes profile `{name}`", hint=hint))
    return root
