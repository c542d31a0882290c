"""The rubric that an author starts from."""

import re
from pathlib import Path

_TEMPLATE = Path(__file__).parent / "template.yaml"
_ID = "my-rubric"


def new_rubric(file_name: str) -> str:
    """The YAML of a commented rubric; `Support Reply.yaml` gets the id `support-reply`."""
    return _TEMPLATE.read_text(encoding="utf-8").replace(f"id: {_ID}\n", f"id: {_id(file_name)}\n")


def _id(file_name: str) -> str:
    name = re.sub(r"(?:\.rubric)?\.ya?ml$", "", file_name.casefold())
    return re.sub(r"[^a-z0-9_]+", "-", name).strip("-").lstrip("-_0123456789") or _ID
