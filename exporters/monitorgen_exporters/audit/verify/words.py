"""Numbers and times as people say them."""

__all__ = ["age", "counted"]

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def counted(count: int, thing: str) -> str:
    """`1 record`, `2,000 records`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def age(seconds: float) -> str:
    """`3 d`, `5 h`, `12 min`, `40 s`: the largest unit that it has one of, rounded down."""
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(max(seconds, 0))} s"
