"""Rollouts that are scored, stored, and looked at on a page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from reward_server.dashboard import rendering
from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.sources import Live, Sources
from reward_server.engine.scoring import Scoring
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.entry import entry
from reward_server.store.keeping import Keeping
from reward_server.wire.origin import Origin
from rubrics.rollout import Group, Rollout
from tests.reward_server.storing import TIMING, opened, stored

HOSTILE = (
    '</pre></title></script><script>window.hostile=1</script><img src=x onerror="window.hostile=1">'
    "\u202eevil\u202c \x1b[2J\x1b]0;t\x07 \x00 \ud800 \u200b \ufeff \U000e0041 & &lt; '\" ` $(id) !! \\"
    " \r\n \t"
)
"""What a policy would write to whoever looks."""


def judged(
    folder: Path, rubric: str, judge: str = "{use: scripted, otherwise: 0.9}", **more: str
) -> RewardFunction:
    """A reward of one rubric, `quality`, whose judge follows a script. `more` goes into the reward file."""
    (folder / "rubric.yaml").write_text(rubric, encoding="utf-8")
    lines = [
        "schema: reward/v1",
        "name: looked_at",
        *(f"{key}: {value}" for key, value in more.items()),
        f"judges: {{default: {judge}}}",
        "components: {quality: {use: rubric, rubric: rubric.yaml}}",
    ]
    (folder / "reward.yaml").write_text("\n".join(lines), encoding="utf-8")
    return load_reward(folder / "reward.yaml")


async def keep(
    path: Path,
    function: RewardFunction,
    *rollouts: Rollout,
    group: str = "g",
    run: str = "run",
    step: int = 0,
    keeping: Keeping | None = None,
) -> None:
    """Score one group and store it, with the judge calls that were made."""
    scoring = Scoring(function, [Group(group, rollouts)], keep_calls=True)
    (rows,) = await scoring.run(30.0)
    stored(path, entry(function, rows, scoring.calls, TIMING, Origin(None, run, step)), keeping=keeping)
    await function.aclose()


@contextmanager
def sources(path: Path, *functions: RewardFunction) -> Iterator[Sources]:
    """A store, and a server that serves these."""
    with opened(path) as store:
        yield Sources(store, Live({function.name: function for function in functions}, {}, 0))


def html(page: AnyPage, path: Path, *functions: RewardFunction, **parameters: str) -> str:
    """A page as it is sent."""
    with sources(path, *functions) as found:
        return rendering.html(page, found, parameters).content.decode()


def shown(page: AnyPage, path: Path, *functions: RewardFunction, **parameters: str) -> str:
    """What can be read on a page, and nothing else."""
    reader = _Reader()
    reader.feed(html(page, path, *functions, **parameters))
    return re.sub(r"\s+", " ", "".join(reader.texts))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


_TAG = re.compile(r"<(/?[a-z0-9]+)((?:\s[^<>]*)?)>")
_KNOWN = """
html head body header nav main meta title link script small h1 h2 h3 h4 p a span div section article table
thead tbody tr th td dl dt dd form label select option input button dialog pre code strong mark details
summary svg rect q
"""


def refuse_harm(page: str) -> None:
    """Fail unless nothing of a text became markup, and no character in the page is unseen."""
    for found in _TAG.finditer(page):
        assert found[1].strip("/") in _KNOWN.split(), found[0]
        assert not re.search(r"\son[a-z]+=|javascript:|\sstyle=", found[2].replace("&quot;", "")), found[0]
    assert page.count("<script") == 1
    unseen = [each for each in page if each not in "\n\t" and not each.isprintable()]
    assert unseen == [], set(map(ascii, unseen))
