"""Which server knows what: the tables of `model/versions.py` and `model/compatibility.py`."""

from monitorgen.model.compatibility import DEFAULT, OLDEST_SUPPORTED
from monitorgen.model.versions import FIELDS, FUNCTIONS, SYNTAX, Since
from scripts.documentation.markdown import table

__all__ = ["field_versions", "function_versions", "supported", "syntax_versions"]


def supported() -> str:
    """The oldest version of each server, and what is built for when a spec does not say."""
    rows = [
        (f"`{server}`", str(oldest), str(getattr(DEFAULT, server)))
        for server, oldest in OLDEST_SUPPORTED.items()
    ]
    return table(("server", "oldest supported", "built for, unless `compatible_with` says otherwise"), rows)


def field_versions(server: str) -> str:
    """The fields of a server's configuration that not every supported version knows."""
    rows = [
        (f"`{field}`", _since(since), since.instead and f"`{since.instead}`")
        for field, since in sorted(FIELDS[server].items())
    ]
    return table(("field", "since", "write instead"), rows)


def function_versions() -> str:
    """The functions that not every supported Prometheus has."""
    rows = [
        (f"`{name}`", _since(since), _flag(since), since.instead)
        for name, since in sorted(FUNCTIONS.items())
        if since != Since()
    ]
    return table(("function", "known", "feature flag", "write instead"), rows)


def syntax_versions() -> str:
    """The ways of writing that not every supported Prometheus reads."""
    rows = [(name, _since(since), _flag(since), since.instead) for name, since in SYNTAX.items()]
    return table(("way of writing", "known", "feature flag", "write instead"), rows)


def _since(since: Since) -> str:
    said = [f"{since.since}" if since.since else "", f"before {since.until}" if since.until else ""]
    return ", ".join(part for part in said if part)


def _flag(since: Since) -> str:
    if not since.flag:
        return ""
    return f"`{since.flag}`" + (f", before {since.stable}" if since.stable else "")
