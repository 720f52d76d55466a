"""WHERE clauses, made of terms that each stand with their own parameters."""

from collections.abc import Collection

import orjson

__all__ = ["Conditions"]


class Conditions:
    """Terms that all have to hold; a term for None is left out."""

    def __init__(self, dialect: str) -> None:
        self._position = "instr" if dialect == "sqlite" else "strpos"
        self._terms: list[str] = []
        self.values: list[object] = []
        """The parameters, in the order of the terms."""

    @property
    def sql(self) -> str:
        """The whole clause, without WHERE."""
        return " AND ".join(self._terms) or "1 = 1"

    def add(self, term: str, *values: object) -> None:
        """A term with `?` for each of its values."""
        self._terms.append(f"({term})")
        self.values += values

    def equal(self, column: str, value: str | None) -> None:
        """The column is this."""
        if value is not None:
            self.add(f"{column} = ?", value)

    def among(self, column: str, wanted: Collection[str]) -> None:
        """The column is one of these; without any, it may be anything."""
        if wanted:
            self.add(f"{column} IN ({', '.join('?' * len(wanted))})", *wanted)

    def between(self, column: str, since: str | None, until: str | None) -> None:
        """The column, a time, is not before `since`, and before `until`."""
        if since is not None:
            self.add(f"{column} >= ?", since)
        if until is not None:
            self.add(f"{column} < ?", until)

    def member(self, column: str, name: str, value: str) -> None:
        """The column, a JSON object of texts as orjson writes one, has this member.

        Looked for as text, which takes a fraction of the time of reading the JSON. It is exact: a `{` or `,`
        right before a quote that is no name's would have to end a text, and no text ends there and goes on
        with a name and a colon.
        """
        pair = f"{orjson.dumps(name).decode()}:{orjson.dumps(value).decode()}"
        # `"value"` is whole, with its quotes.
        self.add(
            f"{self._position}({column}, ?) > 0 OR {self._position}({column}, ?) > 0", f"{{{pair}", f",{pair}"
        )

    def mentions(self, columns: Collection[str], text: str) -> None:
        """One of the columns, JSON, has the text in it; small and capital letters of ASCII are the same."""
        needle = orjson.dumps(text).decode()[1:-1]
        either = [f"{self._position}(lower({column}), lower(?)) > 0" for column in columns]
        self.add(" OR ".join(either), *[needle] * len(either))
