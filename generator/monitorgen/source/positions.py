"""Where each character of a decoded YAML scalar stands in the file.

The parser gives the text of a scalar and where it begins and ends; a finding inside a PromQL string needs
the one character in between. So the raw slice is walked again by the rules of YAML 1.1 as libyaml reads
them: line breaks fold, `''` and `\\n` are one character, blocks lose their indentation. This happens only for
the few scalars a diagnostic points into.
"""

__all__ = ["character_ranges"]

Ranges = tuple[list[int], list[int]]

_BLANKS = " \t"
_BREAKS = "\r\n\x85\u2028\u2029"
# These end a line, but folding keeps them instead of making them a space.
_KEPT_BREAKS = "\u2028\u2029"
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def character_ranges(text: str, start: int, end: int, style: str, decoded: str) -> Ranges | None:
    """For each character of `decoded` the offset in `text` where it begins and where it ends.

    None when the walk does not arrive at exactly as many characters as `decoded` has.
    """
    if style in ("|", ">"):
        ranges = _block(text, start, end, style == "|", decoded)
    elif style in ("'", '"'):
        ranges = _flow(text, start + 1, end - 1, style)
    else:
        ranges = _flow(text, start, end, "")
    return ranges if len(ranges[0]) == len(decoded) else None


def _flow(text: str, position: int, end: int, quote: str) -> Ranges:
    """Plain and quoted scalars: the first line break of a run becomes a space, the others stay."""
    starts: list[int] = []
    ends: list[int] = []
    while position < end:
        char = text[position]
        if char in _BLANKS or char in _BREAKS:
            position = _fold(text, position, end, starts, ends, escaped=False)
            continue
        after = position + 1
        if quote == "'" and char == "'":
            after += 1
        elif quote == '"' and char == "\\":
            escape = text[after : after + 1]
            if escape in _BREAKS:
                position = _fold(text, after, end, starts, ends, escaped=True)
                continue
            after += 1 + _HEX_DIGITS.get(escape, 0)
        starts.append(position)
        ends.append(after)
        position = after
    return starts, ends


def _fold(text: str, begin: int, end: int, starts: list[int], ends: list[int], *, escaped: bool) -> int:
    """Read one run of white space from `begin`; returns the offset after it.

    `escaped`: the run begins with a break after a backslash, which stands for nothing.
    """
    position = begin
    breaks: list[tuple[int, int]] = []
    while position < end and (text[position] in _BLANKS or text[position] in _BREAKS):
        after = _after_break(text, position)
        if after > position:
            breaks.append((position, after))
            position = after
        else:
            position += 1
    if not breaks:
        kept = [(i, i + 1) for i in range(begin, position)]
    elif escaped:
        kept = breaks[1:]
    elif text[breaks[0][0]] in _KEPT_BREAKS:
        kept = breaks
    else:
        kept = breaks[1:] or [(begin, position)]
    starts.extend(first for first, _ in kept)
    ends.extend(last for _, last in kept)
    return position


def _after_break(text: str, position: int) -> int:
    """The offset after the line break at `position`, or `position` when there is none."""
    char = text[position : position + 1]
    if not char or char not in _BREAKS:
        return position
    return position + (2 if text.startswith("\r\n", position) else 1)


def _block(text: str, start: int, end: int, literal: bool, decoded: str) -> Ranges:
    """Block scalars: the indentation goes, and in `>` single breaks between flush lines become spaces."""
    header, lines = _block_lines(text, start, end)
    indent = _indentation(text, lines, decoded)
    starts: list[int] = []
    ends: list[int] = []
    pending: list[tuple[int, int]] = []
    was_blank = True
    any_content = False
    for begin, line_end, after in lines:
        content = begin + indent
        if line_end - begin <= indent:
            pending.append((line_end, after))
            continue
        is_blank = text[content] in _BLANKS
        first = pending[:1]
        if (
            any_content
            and not literal
            and not was_blank
            and not is_blank
            and text[first[0][0]] not in _KEPT_BREAKS
        ):
            pending = pending[1:] or [(first[0][0], content)]
        for one, other in pending:
            starts.append(one)
            ends.append(other)
        starts.extend(range(content, line_end))
        ends.extend(range(content + 1, line_end + 1))
        pending = [(line_end, after)] if after > line_end else []
        was_blank, any_content = is_blank, True
    chomp = "-" if "-" in header else "+" if "+" in header else ""
    if chomp == "+":
        kept = [(one, other) for one, other in pending if other > one]
    else:
        kept = pending[:1] if any_content and chomp == "" else []
    starts.extend(one for one, _ in kept)
    ends.extend(other for _, other in kept)
    return starts, ends


def _block_lines(text: str, start: int, end: int) -> tuple[str, list[tuple[int, int, int]]]:
    """The indicators after `|` or `>`, and each line below as (begin, end, after its break)."""
    position = start + 1
    while position < end and text[position] in "+-0123456789":
        position += 1
    header = text[start + 1 : position]
    while position < end and text[position] not in _BREAKS:
        position += 1
    position = _after_break(text, position)
    lines: list[tuple[int, int, int]] = []
    while position < end:
        begin = position
        while position < end and text[position] not in _BREAKS:
            position += 1
        after = min(_after_break(text, position), end) if position < end else position
        lines.append((begin, position, after))
        position = after
    return header, lines


def _indentation(text: str, lines: list[tuple[int, int, int]], decoded: str) -> int:
    """How many columns each line loses.

    Every empty line before the first content is one break in the decoded text, so the first content line is
    known, and what it has lost is the difference of its leading spaces before and after.
    """
    body = decoded.lstrip(_BREAKS)
    skipped = len(decoded) - len(body)
    if not body or skipped >= len(lines):
        # Nothing but line breaks: every line counts as empty.
        return max((line_end - begin for begin, line_end, _ in lines), default=0) + 1
    begin, line_end, _ = lines[skipped]
    raw = text[begin:line_end]
    return (len(raw) - len(raw.lstrip(" "))) - (len(body) - len(body.lstrip(" ")))
