"""Text as YAML, whatever it holds: it reads back as the same text, and a comment stays a comment."""

from rubrics.core_schema import plain

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def scalar(text: str) -> str:
    """A text as a YAML scalar for the value of a block mapping, in as few quotes as it can be."""
    if _needs_no_quotes(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def number(value: float) -> str:
    """A number that reads back as the same number, without `.0` where it is whole."""
    return str(int(value)) if value == int(value) else repr(value)


def comment(text: str) -> str:
    """A line of comment. What would end the line, or cannot be seen, is escaped."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return f"# {shown}".rstrip()


def shortened(text: str, most: int) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def _needs_no_quotes(text: str) -> bool:
    return (
        text.isprintable()
        and text[:1].isalpha()
        and text[-1] not in " :"
        and ": " not in text
        and " #" not in text
        and plain(text) is text
    )


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
