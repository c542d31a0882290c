"""The README's pictures are those that the script takes, and light enough for a README."""

import re
import struct
import subprocess
import sys

from tests.pages import text_of
from tests.processes import ROOT

IMAGES = ROOT / "docs" / "images"
NAMED = "import screenshots as s; print(*s.PICTURES); print(s.WIDTH, s.HEIGHT, s.MOST_BYTES)"


def told() -> tuple[set[str], tuple[int, int, int]]:
    """What the script says that it takes."""
    folder = ROOT / "examples" / "dashboard"
    done = subprocess.run(
        [sys.executable, "-c", NAMED], cwd=folder, capture_output=True, text=True, check=True
    )
    names, numbers = done.stdout.splitlines()
    width, height, most = map(int, numbers.split())
    return set(names.split()), (width, height, most)


def test_every_picture_of_the_readme_is_taken_by_the_script() -> None:
    names, (width, height, most) = told()
    shown = re.findall(r"!\[[^\]]+\]\(docs/images/([^)]+)\)", text_of("README.md"))
    assert set(shown) == names == {path.name for path in IMAGES.iterdir()}
    for name in names:
        content = (IMAGES / name).read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (width, height)
        assert len(content) < most
