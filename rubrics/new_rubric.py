"""The rubric that an author starts from."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

_TEMPLATE = Path(__file__).parent / "template.yaml"
_EXTENDING = Path(__file__).parent / "extending_template.txt"
_ID = "my-rubric"


def new_rubric(file_name: str) -> str:
    """The YAML of a commented rubric; `Support Reply.yaml` gets the id `support-reply`."""
    return _TEMPLATE.read_text(encoding="utf-8").replace(f"id: {_ID}\n", f"id: {_id(file_name)}\n")


def new_extending(file_name: str, base: str, criteria: Sequence[str]) -> str:
    """The YAML of a commented rubric that extends `base`, which has these criteria."""
    text = _EXTENDING.read_text(encoding="utf-8").replace(f"id: {_ID}\n", f"id: {_id(file_name)}\n")
    return text.replace("IDS", ", ".join(criteria)).replace("ID", criteria[0]).replace("BASE", _quoted(base))


def _quoted(base: str) -> str:
    """The reference as a YAML scalar."""
    plain = re.fullmatch(r"[A-Za-z./_][A-Za-z0-9./_-]*|catalog:[A-Za-z0-9_-]+", base)
    return base if plain else json.dumps(base)


def _id(file_name: str) -> str:
    name = re.sub(r"(?:\.rubric)?\.ya?ml$", "", file_name.casefold())
    return re.sub(r"[^a-z0-9_]+", "-", name).strip("-").lstrip("-_0123456789") or _ID
