"""`environments:`: which there are, and what is wrong with what one of them changes."""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.model.rules import Path
from monitorgen.source.named import named_list_to_mapping
from monitorgen.source.node import Mapping, Scalar, Sequence, get
from monitorgen.spec.suggestion import did_you_mean, nearest
from monitorgen.vocabulary.discovery import DISCOVERIES
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "changing_nothing", "environments", "taking_nothing", "unknown_environment"]

UNKNOWN_ENVIRONMENT = Code(
    "MG0303",
    "an environment that does not exist",
    "`--environment` picks an overlay from `environments:`. Building without the overlay would put the wrong "
    "settings into the right place.",
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
NOTHING_CHANGED = Code(
    "MG0306",
    "an environment that changes what is not there",
    "An environment changes things of the spec by giving their names again. A name that is not there would "
    "be a new thing, and this one says too little for that: most of the time the name is mistyped.",
    bad=example("") + "environments: {staging: {services: {checkout: {alerts: {eror: {for: 5m}}}}}}\n",
    good=example("") + "environments: {staging: {services: {checkout: {alerts: {errors: {for: 5m}}}}}}\n",
)
CODES = (UNKNOWN_ENVIRONMENT, NOTHING_TAKEN_AWAY, NOTHING_CHANGED)

_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "channels": (("type",),),
    "services": (("team",),),
    "checks": (("type",),),
    "recordings": (("expr",),),
    "alerts": (("condition", "type"), ("severity",), ("description",)),
}
"""What a new thing of each section cannot do without."""


def environments(root: Mapping) -> tuple[str, ...]:
    """The names of the spec's overlays."""
    section = get(root, "environments")
    if isinstance(section, Sequence):
        section, _ = named_list_to_mapping(section)
    return tuple(section.entries) if isinstance(section, Mapping) else ()


def unknown_environment(root: Mapping, name: str) -> Diagnostic:
    """What to say of `name`, which is neither an overlay nor the spec's own environment."""
    section, own = root.entries.get("environments"), get(root, "environment")
    known = [*environments(root), *([own.text] if isinstance(own, Scalar) else [])]
    return UNKNOWN_ENVIRONMENT.at(
        section.key.span if section else None,
        f"there is no environment `{name}`",
        hint=did_you_mean(name, sorted(known)) or "the spec has no `environments:`",
    )


def taking_nothing(base: Mapping, top: Mapping) -> Iterator[Diagnostic]:
    """A diagnostic for every null of an overlay with nothing below it."""
    for name, entry in top.entries.items():
        mine = base.entries.get(name)
        if mine is None:
            if isinstance(entry.value, Scalar) and entry.value.is_null:
                message = f"there is no `{name}` here to take away"
                hint = (
                    did_you_mean(name, sorted(base.entries))
                    or "what a profile brings is left out by `enabled: false`"
                )
                yield NOTHING_TAKEN_AWAY.at(entry.key.span, message, hint=hint)
        elif isinstance(mine.value, Mapping) and isinstance(entry.value, Mapping):
            yield from taking_nothing(mine.value, entry.value)


def changing_nothing(base: Mapping, top: Mapping, whole: Mapping) -> Iterator[tuple[Path, Diagnostic]]:
    """The path of each thing that overlay `top` changes and that is not there, and a diagnostic for it.

    `base` is the tree below the overlay; `whole` is what came of both and of profiles, which may bring
    things as well.
    """
    told = set()
    for section in ("channels", "services"):
        for path, diagnostic in _new_but_lacking((section,), base, top, whole):
            told.add(path)
            yield path, diagnostic
    services = get(top, "services")
    for name in services.entries if isinstance(services, Mapping) else ():
        if ("services", name) not in told and get(base, "services", name) is not None:
            for part in ("scrape", "checks", "recordings", "alerts"):
                yield from _new_but_lacking(("services", name, part), base, top, whole)


def _new_but_lacking(
    section: Path, base: Mapping, top: Mapping, whole: Mapping
) -> Iterator[tuple[Path, Diagnostic]]:
    added, there, known = (get(tree, *section) for tree in (top, base, whole))
    if not isinstance(added, Mapping) or not isinstance(known, Mapping):
        return
    below = there.entries if isinstance(there, Mapping) else {}
    for name, entry in added.entries.items():
        item = get(known, name)
        if name in below or not isinstance(entry.value, Mapping) or not isinstance(item, Mapping):
            continue
        if item.entries.keys() > entry.value.entries.keys():
            continue  # a profile has it too, and that there is enough
        lacking = _lacking(section[-1], item)
        if lacking:
            word = "scrape job" if section[-1] == "scrape" else section[-1].removesuffix("s")
            others = [other for other in known.entries if other in below or other not in added.entries]
            message = f"there is no {word} `{name}` to change, and a new one would need {lacking}"
            near = nearest(name, others)
            related = [Related("the nearest is here", known.entries[near].key.span)] if near else []
            hint = did_you_mean(name, others) or "the spec has none of its own"
            yield (*section, name), NOTHING_CHANGED.at(entry.key.span, message, hint=hint, related=related)


def _lacking(section: str, item: Mapping) -> str:
    """What `item` lacks to be a new thing of its section, in words."""
    if section == "scrape":
        return "" if any(d.key in item.entries for d in DISCOVERIES) else "`static` or another discovery"
    lacking = [f"`{path[0]}`" for path in _NEEDS[section] if get(item, *path) is None]
    return " and ".join(filter(None, (", ".join(lacking[:-1]), *lacking[-1:])))
