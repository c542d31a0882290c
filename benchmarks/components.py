"""B4: what accuracy, format and length cost for each rollout, and that hostile text costs no more.

Everything runs in one process, interleaved round by round, beside a floor (bare string operations that
check almost nothing) and a peer (the lazy regular expression that reward functions usually carry).
The absolute times depend on the machine; the ratios do not.

    python -m benchmarks.components [--rounds 15] [--rollouts 256]
"""

import json
import random
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.report import Column, Result, Row, Target, finish, number, parser
from reward_server.components.label_match import LabelMatch
from reward_server.components.structure import Structure
from reward_server.components.target_length import TargetLength
from reward_server.reward.component import PerRollout
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.rollout import Rollout

LIMIT_US = 30.0
"""Target: microseconds a rollout for accuracy, format and length together."""
LIMIT_GROWTH = 12.0
"""Target: ten times the hostile text may take this many times as long."""

GROUP = 8
"""Rollouts of one prompt."""

LAYOUT = Layout.model_validate(
    {
        "reasoning": {"tag": "think"},
        "answer": {
            "json": {"policy_1": [True, False], "policy_2": ["yes", "no"], "conclusion": [True, False]}
        },
    }
)
TRUTH = {"policy_1": False, "policy_2": "no", "conclusion": True}
COMPONENTS: Sequence[PerRollout] = [LabelMatch(field="conclusion"), Structure(), TargetLength()]

OURS = "label_match + structure + target_length"
HOSTILE = [
    "</think> <answer>",
    "</think>{",
    "<think>",
    "{",
    '{"a":',
    '"',
    "7",
    " ",
    "word ",
    "\n\n",
    "é\xa0",
    "你好 ",
]

LAZY = re.compile(r"^\s*<think>(.*?)</think>\s*(\{.*?\})\s*$", re.DOTALL)

COLUMNS: list[Column] = [("", "name", ""), ("us a rollout", "us", ".1f"), ("x floor", "ratio", ".2f")]

Work = Callable[[], object]


def ours(texts: Sequence[str]) -> object:
    """Take each completion apart and score it, as the engine does: group by group, component by component."""
    return [_group(texts[start : start + GROUP]) for start in range(0, len(texts), GROUP)]


def _group(texts: Sequence[str]) -> object:
    rollouts = [Rollout(id="r", completion=Completion(text, LAYOUT), ground_truth=TRUTH) for text in texts]
    return [component.score_all(rollouts) for component in COMPONENTS]


def floor(texts: Sequence[str]) -> object:
    """Two searches, one JSON parse, one split: it would accept nearly anything."""
    return [_bare(text) for text in texts]


def _bare(text: str) -> tuple[bool, bool, int]:
    end = text.find("</think>")
    label = json.loads(text[end + len("</think>") :])["conclusion"]
    return label is True, text.startswith("<think>"), len(text[:end].split())


def peer(texts: Sequence[str]) -> object:
    """One lazy pattern for the form, and the same JSON parse and split."""
    return [_lazy(text) for text in texts]


def _lazy(text: str) -> tuple[bool, bool, int]:
    found = LAZY.match(text)
    if found is None:
        return False, False, 0
    try:
        right = json.loads(found[2])["conclusion"] is True
    except (ValueError, KeyError):
        right = False
    return right, True, len(found[1].split())


def prose(characters: int, seed: int) -> str:
    """About `characters` of English-like text: words of 2 to 9 letters, sentences, paragraphs."""
    chance = random.Random(seed)
    pieces: list[str] = []
    while characters > 0:
        word = "".join(chance.choices("etaoinshrdlucmfw", k=chance.choice((2, 3, 3, 4, 5, 6, 7, 9))))
        end = chance.choices((" ", ", ", ". ", ".\n\n"), weights=(40, 4, 3, 1))[0]
        pieces.append(word + end)
        characters -= len(word) + len(end)
    return "".join(pieces)


def completions(count: int) -> list[str]:
    """Well-formed completions of about 4 KB, all different."""
    answer = json.dumps(TRUTH)
    return [f"<think>\n{prose(3_900, seed)}\n</think>\n{answer}" for seed in range(count)]


def timed(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Microseconds of each work in each round, the works taking turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append((time.perf_counter() - start) * 1e6)
    return times


def ordinary(rollouts: int, rounds: int) -> list[Row]:
    """The cost of well-formed rollouts, in microseconds a rollout."""
    texts = completions(rollouts)
    works = {OURS: lambda: ours(texts), "floor": lambda: floor(texts), "lazy regex": lambda: peer(texts)}
    costs = {name: statistics.median(times) / rollouts for name, times in timed(works, rounds).items()}
    return [{"name": name, "us": us, "ratio": us / costs["floor"]} for name, us in costs.items()]


def hostile(rounds: int) -> dict[str, float]:
    """The worst growth over all units, of ours from 40 to 400 KB and of the lazy regex from 4 to 40 KB."""
    mine = [timed(lengths(ours, unit, 40_000), rounds) for unit in HOSTILE]
    theirs = [timed(lengths(peer, unit, 4_000), 3) for unit in HOSTILE]
    return {"ours": max(map(growth, mine)), "lazy_regex": max(map(growth, theirs))}


def lengths(contender: Callable[[Sequence[str]], object], unit: str, size: int) -> dict[str, Work]:
    """Work on `size` characters of a unit, and on ten times as many."""
    return {"short": on(contender, unit, size), "long": on(contender, unit, 10 * size)}


def on(contender: Callable[[Sequence[str]], object], unit: str, size: int) -> Work:
    """Work of scoring `size` characters of a unit: as the answer, and as the reasoning."""
    filler = unit * (size // len(unit))
    texts = [f"<think>short</think>{filler}", f"<think>{filler}</think>{json.dumps(TRUTH)}"]
    return lambda: contender(texts)


def growth(times: Mapping[str, Sequence[float]]) -> float:
    """Median over the rounds of how many times as long ten times the text took."""
    return statistics.median(long / short for short, long in zip(times["short"], times["long"], strict=True))


def main() -> None:
    options = parser(__doc__, rounds=15)
    options.add_argument("--rollouts", type=int, default=256, help="well-formed rollouts in a round")
    given = options.parse_args()
    rows, growths = ordinary(given.rollouts, given.rounds), hostile(given.rounds)
    targets = [
        Target("B4 accuracy, format, length", number(rows[0], "us"), LIMIT_US, unit=" us"),
        Target("B4 ten times the hostile text", growths["ours"], LIMIT_GROWTH, unit=" x the time"),
    ]
    title = (
        f"B4: {given.rollouts} well-formed rollouts of about 4 KB, and hostile text of {len(HOSTILE)} kinds"
    )
    finish(Result("components", title, targets, COLUMNS, rows, growths), given.json)


if __name__ == "__main__":
    main()
