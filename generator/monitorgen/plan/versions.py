"""`compatible_with:` as ranges of versions."""

from monitorgen.model.compatibility import DEFAULT, OLDEST_SUPPORTED, Compatibility
from monitorgen.model.versions import Version, VersionRange
from monitorgen.plan.codes import BAD_VERSION
from monitorgen.plan.findings import Findings
from monitorgen.spec.sections import CompatibleWith

__all__ = ["compatibility"]


def compatibility(given: CompatibleWith, findings: Findings) -> Compatibility:
    """The ranges to build for: what the spec says, our default for servers it does not name."""
    ranges = {
        server: _range(server, texts, getattr(DEFAULT, server), findings)
        for server in OLDEST_SUPPORTED
        if (texts := getattr(given, server)) is not None
    }
    return Compatibility(
        **{server: ranges.get(server, getattr(DEFAULT, server)) for server in OLDEST_SUPPORTED}
    )


def _range(server: str, texts: list[str], default: VersionRange, findings: Findings) -> VersionRange:
    path = ("compatible_with", server)
    if len(texts) not in (1, 2):
        findings.add(
            BAD_VERSION,
            path,
            f"expected one version of {server}, or the oldest and the newest",
            hint='such as ["2.42", "3.5"]',
        )
        return default
    versions = [Version.parse(text) for text in texts]
    for index, (text, version) in enumerate(zip(texts, versions, strict=True)):
        if version is None:
            findings.add(
                BAD_VERSION,
                (*path, str(index)),
                f"`{text}` is not a version",
                hint="write it as 2.42 or 3.5.3",
            )
            return default
    oldest, newest = versions[0], versions[-1]
    assert oldest is not None
    assert newest is not None
    if oldest > newest:
        findings.add(BAD_VERSION, path, f"the oldest {server} ({oldest}) is newer than the newest ({newest})")
        return default
    if oldest < OLDEST_SUPPORTED[server]:
        findings.add(
            BAD_VERSION,
            path,
            f"{server} {oldest} is older than monitorgen supports",
            hint=f"the oldest supported version is {OLDEST_SUPPORTED[server]}",
        )
        return default
    return VersionRange(oldest, newest)
