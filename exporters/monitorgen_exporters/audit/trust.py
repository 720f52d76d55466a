"""The trust file: `Trust` as YAML, kept outside the database and under version control."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from monitorgen_exporters.audit.checkpoint import MAX_SIZE
from monitorgen_exporters.audit.note import NoteError, VerifierKey
from monitorgen_exporters.audit.trust_model import STATUSES, Sealed, Trust, TrustedKey, TrustError

__all__ = [
    "Sealed",
    "Trust",
    "TrustError",
    "TrustedKey",
    "dump_trust",
    "load_trust",
    "parse_trust",
    "write_trust",
]

_MAX_BYTES = 1 << 18
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


def load_trust(path: Path | str) -> Trust:
    """The trust of a trust file.

    Raises:
        TrustError: if the file cannot be read, or with every fault of it.
    """
    try:
        with Path(path).open("rb") as file:
            body = file.read(_MAX_BYTES + 1)
    except OSError as fault:
        raise TrustError(f"{path} cannot be read: {fault.strerror or fault}") from None
    try:
        return parse_trust(body)
    except TrustError as fault:
        raise TrustError(*(f"{path}: {one}" for one in fault.faults)) from None


def parse_trust(body: bytes) -> Trust:
    """The trust of the text of a trust file.

    Raises:
        TrustError: with every fault.
    """
    if len(body) > _MAX_BYTES:
        raise TrustError(f"longer than {_MAX_BYTES} bytes")
    try:
        # A loader that makes text of every scalar: no tag of YAML can turn into anything else.
        found: Any = yaml.load(body, _Loader)  # noqa: S506
    except yaml.YAMLError as fault:
        raise TrustError(f"no YAML: {' '.join(str(fault).split())[:200]}") from None
    except RecursionError:
        raise TrustError("no trust file: it is nested too deep") from None
    except ValueError as fault:
        raise TrustError(f"no YAML: {fault}") from None
    reader = _Reader()
    trust = reader.trust(found)
    if trust is None:
        raise TrustError(*reader.faults)
    return trust


def dump_trust(trust: Trust) -> str:
    """The text of the trust file; `parse_trust` gives the same trust back."""
    content: dict[str, Any] = {
        "origin": trust.origin,
        "keys": [
            {"vkey": str(key.vkey), "from_size": key.from_size, "to_size": key.to_size, "status": key.status}
            for key in trust.keys
        ],
        "witnesses": [{"vkey": str(key)} for key in trust.witnesses],
        "quorum": trust.quorum,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)


def write_trust(trust: Trust, path: Path | str) -> None:
    """Put the trust file in the place of the old one, whole or not at all. Raises OSError."""
    path = Path(path)
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(dump_trust(trust))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class _Loader(yaml.BaseLoader):
    """BaseLoader that refuses a key that stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names: set[str] = set()
        for part, _ in node.value:
            if not isinstance(part, yaml.ScalarNode):
                continue  # refused by the base class, if it has no hash
            if part.value in names:
                fault = f"the key {part.value[:60]!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, fault, part.start_mark)
            names.add(part.value)
        return super().construct_mapping(node, deep)


class _Reader:
    """Reads the parts of a trust file, and gathers the faults on the way."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def trust(self, found: Any) -> Trust | None:
        top = self._fields(found, "the file", ("origin", "keys"), ("witnesses", "quorum"))
        if top is None:
            return None
        origin = top["origin"]
        if not isinstance(origin, str):
            self.faults.append("origin: is no text")
        keys = tuple(self._key(one, f"keys[{at}]") for at, one in enumerate(self._list(top, "keys")))
        witnesses = tuple(
            self._witness(one, f"witnesses[{at}]") for at, one in enumerate(self._list(top, "witnesses"))
        )
        quorum = self._number(top.get("quorum", "0"), "quorum")
        whole = tuple(key for key in keys if key is not None)
        named = tuple(key for key in witnesses if key is not None)
        if self.faults:
            return None
        try:
            return Trust(origin, whole, named, quorum or 0)
        except TrustError as fault:
            self.faults.extend(fault.faults)
            return None

    def _key(self, found: Any, where: str) -> TrustedKey | None:
        fields = self._fields(found, where, ("vkey",), ("from_size", "to_size", "status"))
        if fields is None:
            return None
        vkey = self._vkey(fields["vkey"], f"{where}.vkey")
        from_size = self._number(fields.get("from_size", "0"), f"{where}.from_size")
        to_text = fields.get("to_size", "")
        to_size = None if to_text in ("", "null", "~") else self._number(to_text, f"{where}.to_size")
        status = fields.get("status", "active")
        if status not in STATUSES:
            self.faults.append(f"{where}.status: is one of {', '.join(STATUSES)}")
        if vkey is None or from_size is None:
            return None
        return TrustedKey(vkey, from_size, to_size, status)

    def _witness(self, found: Any, where: str) -> VerifierKey | None:
        fields = self._fields(found, where, ("vkey",), ())
        return None if fields is None else self._vkey(fields["vkey"], f"{where}.vkey")

    def _vkey(self, found: Any, where: str) -> VerifierKey | None:
        if not isinstance(found, str):
            self.faults.append(f"{where}: is no text")
            return None
        try:
            return VerifierKey.parse(found)
        except NoteError as fault:
            self.faults.append(f"{where}: {fault}")
            return None

    def _number(self, found: Any, where: str) -> int | None:
        if isinstance(found, str) and _NUMBER(found) and int(found) <= MAX_SIZE:
            return int(found)
        self.faults.append(f"{where}: is no whole number")
        return None

    def _list(self, fields: dict[str, Any], name: str) -> list[Any]:
        found = fields.get(name, [])
        if isinstance(found, list):
            return found
        self.faults.append(f"{name}: is no list")
        return []

    def _fields(
        self, found: Any, where: str, needed: tuple[str, ...], others: tuple[str, ...]
    ) -> dict[str, Any] | None:
        if not isinstance(found, dict):
            self.faults.append(f"{where}: is no mapping with {', '.join(needed)}")
            return None
        for name in found:
            if name not in needed and name not in others:
                self.faults.append(f"{where}: {str(name)[:60]!r} is no field of it")
        missing = [name for name in needed if name not in found]
        self.faults.extend(f"{where}: {name} is missing" for name in missing)
        return None if missing else found
