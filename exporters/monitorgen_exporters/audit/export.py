"""Records for other programs: JSON lines that can be hashed again, and CSV that no spreadsheet runs."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from monitorgen_exporters.audit.canonical import Json, canonical
from monitorgen_exporters.audit.search import Found

__all__ = ["CSV_COLUMNS", "csv_lines", "json_lines", "safe_cell"]

CSV_COLUMNS = (
    "position",
    "id",
    "ts",
    "type",
    "actor",
    "subject",
    "incident",
    "severity",
    "data",
    "commitments",
    "leaf",
)

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Personal = Callable[[str], Mapping[str, Json]]
"""What gives the personal values of the record of an id, by field."""


def json_lines(found: Iterable[Found], personal: Personal | None = None) -> Iterator[bytes]:
    """A line for each record: position, leaf hash, and the record in its canonical bytes.

    SHA-256 over a zero byte and the bytes of `record` gives `leaf`. With `personal`, the values that have not
    been erased stand beside it.
    """
    for each in found:
        parts = [
            b'"position":%d,"leaf":"%s"' % (each.position, each.leaf.hex().encode()),
            b'"record":' + (b"null" if each.body is None else each.body),
        ]
        if personal is not None:
            parts.append(b'"personal":' + canonical(dict(personal(each.id))))
        yield b"{" + b",".join(parts) + b"}\n"


def csv_lines(found: Iterable[Found], personal: Personal | None = None) -> Iterator[bytes]:
    """A heading, and a line for each record, as RFC 4180 has it, in UTF-8; `data` is JSON.

    A cell that a spreadsheet would take for a formula gets a `'` before it.
    """
    yield _row([*CSV_COLUMNS, *(["personal"] if personal is not None else [])])
    for each in found:
        record = each.record
        cells: list[object] = [each.position, each.id]
        if record is None:
            cells += [""] * (len(CSV_COLUMNS) - 3)
        else:
            cells += [record.ts, record.type, record.actor, record.subject, record.incident or ""]
            cells += [record.severity, _json(record.data), _json(record.commitments)]
        cells.append(each.leaf.hex())
        if personal is not None:
            cells.append(_json(personal(each.id)))
        yield _row(cells)


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: with a `'` before it where it might."""
    return f"'{text}" if text.lstrip(" ").startswith(_RUN_BY_SPREADSHEETS) else text


def _json(value: Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


def _row(cells: list[object]) -> bytes:
    text = io.StringIO()
    safe = [safe_cell(str(cell)) for cell in cells]
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(safe)
    return text.getvalue().encode()
