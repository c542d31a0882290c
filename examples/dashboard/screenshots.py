"""The README's pictures: a simulated run in the middle of its collapse, seen by a real browser.

.venv-browser/bin/python examples/dashboard/screenshots.py [--store FILE]     `make screenshots`
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).parent
IMAGES = HERE.parent.parent / "docs" / "images"
sys.path[:0] = [str(HERE.parent)]

from serving import running  # noqa: E402 - the examples' own helper

WIDTH, HEIGHT = 1280, 800
MOST_BYTES = 250_000
STEPS, UNTIL = 120, 92
"""The collapse is at its bottom then, and the reward is not mended yet."""
CHROMIUM = os.environ.get("GAVEL_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]


def overview(url: str) -> str:
    """The alarms, and the curves that they are about."""
    return f"{url}/"


def rollout(url: str) -> str:
    """One that the collapse is an example of: a phrase, and what the judges found in it."""
    alarms = fetched(f"{url}/overview.json")["alarms"]
    collapse = next(each for each in alarms if each["name"] == "length_collapse")
    return f"{url}/rollouts/{collapse['rollouts'][0]}"


def judge(url: str) -> str:
    """The outage, and what judging takes."""
    return f"{url}/judge"


PICTURES: Mapping[str, tuple[Callable[[str], str], str]] = {
    "overview.png": (overview, "#alarms h2"),
    "rollout.png": (rollout, "h2:text-is('Reward')"),
    "judge.png": (judge, "h2:text-is('Over the run')"),
}
"""Each file, the URL of what it shows, and the heading that it begins with."""


def fetched(url: str) -> Any:
    with urlopen(url) as answer:
        return json.load(answer)


@contextmanager
def filled(given: Path | None) -> Iterator[Path]:
    """The store that is named, or a run that is sent now, for about a minute."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite3"
        told = ["--steps", str(STEPS), "--until", str(UNTIL), "--store", str(path), "--port", "0"]
        subprocess.run([sys.executable, str(HERE / "run.py"), *told], check=True)
        yield path


def take(page: "Page", url: str, heading: str, path: Path) -> None:
    """One picture. Raises ValueError where it is too big to be shown by a README."""
    page.goto(url)
    page.evaluate("document.fonts.ready")
    page.locator(heading).evaluate("(it) => scrollBy(0, it.getBoundingClientRect().top - 64)")
    page.screenshot(path=path, animations="disabled")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
    print(f"{path}: {path.stat().st_size:,} bytes")


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", type=Path, help="a store that run.py has filled")
    parser.add_argument("--out", type=Path, default=IMAGES, help="the folder of the pictures")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    nobody = {"OPENAI_BASE_URL": "http://127.0.0.1:8901/v1"}
    with filled(options.store) as store, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        serve = ("serve", str(HERE / "reward.yaml"), "--store", str(store), "--log-level", "error")
        with running(*serve, environment=nobody) as url:
            for name, (address, heading) in PICTURES.items():
                page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
                take(page, address(url.removesuffix("/v1/rewards")), heading, options.out / name)
        browser.close()


if __name__ == "__main__":
    main()
