"""The messages: read from a TSV with the columns Label and SMS, or written as JSONL for `gavel weights fit`.

python examples/sms_spam/messages.py sms_spam.tsv > messages.jsonl
"""

import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

HEADER = "Label\tSMS"
LABELS = ("ham", "spam")


class Message(NamedTuple):
    """One labelled message."""

    label: str
    text: str


def read(path: Path) -> list[Message]:
    """Every message of the file. Quotation marks are text here: the format has no quoting."""
    header, *lines = _text(path).removesuffix("\n").split("\n")
    if header != HEADER or not lines:
        found = ascii(header)[:40] + ("" if lines else " and no message")
        raise SystemExit(f"{path}:1: expected the columns Label and SMS with a tab between, found {found}")
    return [_message(line, f"{path}:{number}") for number, line in enumerate(lines, start=2)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SystemExit(f"cannot read {path}: {error.strerror}") from None


def _message(line: str, place: str) -> Message:
    label, tab, text = line.partition("\t")
    if not tab or label not in LABELS:
        raise SystemExit(f"{place}: expected ham or spam, a tab and the message, found {ascii(line)[:40]}")
    return Message(label, text)


def main() -> None:
    for message in read(Path(sys.argv[1])):
        row = {"prompt": message.text, "ground_truth": message.label}
        sys.stdout.write(msgspec.json.encode(row).decode() + "\n")


if __name__ == "__main__":
    main()
