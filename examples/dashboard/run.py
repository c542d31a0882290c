"""A training run to look at: a simulated policy sends its rollouts to a real `gavel serve`, step by step.

python examples/dashboard/run.py --steps 300 --store run.sqlite3     fills a store, and ends
python examples/dashboard/run.py --stay                              leaves the server up until Ctrl-C
python examples/dashboard/run.py --stay --until 48                   stops in the collapse, alarms raised
"""

import argparse
import json
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import msgspec

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import hostile  # noqa: E402 - this folder's
from policy import Rollout, group, posts  # noqa: E402
from serving import running  # noqa: E402 - the examples' own helper
from story import COLLAPSING, FEWEST, HEALTHY, Story, Truth  # noqa: E402

from reward_server.wire.native import RewardResponse  # noqa: E402

JUDGE = (
    *("judge", "sim", "--ttft", "0.004", "--jitter", "lognormal:0.6", "--fault", "http500:0.0003"),
    *("--prefill-tps", "4e6"),  # a completion of a megabyte is not to hold up the run
)
COLLAPSED = """
Reasoning has collapsed, while the mean reward went on rising. Look at the raised alarms on top of the page
and at the rollouts that `length_collapse` names; at the curve of words; at /judge, where there was an outage.
"""
_ANSWER = msgspec.json.Decoder(RewardResponse)


class Server:
    """A `gavel` process that can be taken away and brought back at its port."""

    def __init__(self, *command: str, port: int = 0, environment: dict[str, str] | None = None) -> None:
        self.url = ""
        self.is_up = False
        self._command = command
        self._port = port
        self._environment = environment
        self._process = ExitStack()

    def start(self) -> None:
        process = running(*self._command, port=self._port, environment=self._environment)
        self.url = self._process.enter_context(process)
        self._port = urlsplit(self.url).port or 0
        self.is_up = True

    def stop(self) -> None:
        self._process.close()
        self.is_up = False

    def become(self, *command: str) -> None:
        """Be another command, at the same port."""
        if command != self._command:
            self.stop()
            self._command = command
            self.start()


class Trainer:
    """Sends the rollouts of its runs, and notes what came back."""

    def __init__(self, options: argparse.Namespace, reward_url: Server, judge: Server) -> None:
        self._options = options
        self._story = Story(options.steps)
        self._reward_url = reward_url
        self._judge = judge
        self._senders = ThreadPoolExecutor(options.groups + 1)
        self.truth = _told(self._story, options)

    def train(self, run: str) -> None:
        """One run, from its first step to its last."""
        random = Random(f"{self._options.seed}/{run}")  # noqa: S311 - no secret
        for records in (self.truth.sent, self.truth.unscored, self.truth.versions):
            records[run] = []
        story = self._story if run == COLLAPSING else self._story.healthy
        for step in range(min(story.steps, self._options.until)):
            if run == COLLAPSING:
                self._come_to(step)
            self._note(run, self._send(run, step, list(self._groups(run, step, story, random))))

    def _come_to(self, step: int) -> None:
        """Have the judge down or up, and the reward as it was at this step."""
        down = step in self._story.outage
        if down and self._judge.is_up:
            self._judge.stop()
        if not down and not self._judge.is_up:
            self._judge.start()
        if step == self._story.mended:
            self._reward_url.become(*serving("mended.yaml", self._options.store))

    def _groups(self, run: str, step: int, story: Story, random: Random) -> Iterator[list[Rollout]]:
        collapses = run == COLLAPSING
        mood = story.mood(step, collapses=collapses)
        for number in range(self._options.groups):
            post = posts()[(step * self._options.groups + number) % len(posts())]
            yield group(post, f"{step}.{number}/{post.name}", mood, self._options.rollouts, random)
        if collapses and step == story.hostile:
            yield list(hostile.group(posts()[-1]))

    def _send(self, run: str, step: int, groups: Sequence[list[Rollout]]) -> list[RewardResponse]:
        def sent(rollouts: list[Rollout]) -> RewardResponse:
            body = {"run": run, "step": step, "rollouts": rollouts, "detail": "rewards"}
            content = json.dumps(body).encode()  # escapes lone surrogates, which have no UTF-8
            request = Request(self._reward_url.url, content, {"Content-Type": "application/json"})
            with urlopen(request) as answer:
                return _ANSWER.decode(answer.read())

        return list(self._senders.map(sent, groups))

    def _note(self, run: str, answers: Sequence[RewardResponse]) -> None:
        results = [result for answer in answers for result in answer.results]
        causes = Counter(str(result.cause) for result in results if result.reward is None)
        self.truth.sent[run].append(len(results))
        self.truth.unscored[run].append(dict(sorted(causes.items())))
        self.truth.versions[run].append(sorted({answer.reward_version for answer in answers}))


def serving(file: str, store: Path) -> Sequence[str]:
    """The command that serves one of this folder's reward files."""
    return ("serve", str(HERE / file), "--store", str(store), "--log-level", "error")


def _told(story: Story, options: argparse.Namespace) -> Truth:
    """What is known before the first step."""
    names = {str(each["id"]).split("/")[1]: str(each["id"]) for each in hostile.group(posts()[-1])}
    return Truth(
        healthy=HEALTHY,
        collapsing=COLLAPSING,
        reward="moderation",
        steps=story.steps,
        healthy_steps=story.healthy.steps,
        groups=options.groups,
        rollouts=options.rollouts,
        hostile_step=story.hostile,
        hostile=names,
        outage=list(story.outage),
        collapse=story.collapse,
        bottom=story.bottom,
        mended=story.mended,
        recovered=story.recovered,
        sent={},
        unscored={},
        versions={},
    )


def main() -> None:
    options = arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        options.store = options.store or folder / "rollouts.sqlite3"
        if options.store.exists():
            raise SystemExit(f"{options.store} is there already: name a file that is not, to be filled")
        with _servers(options) as (reward_url, judge):
            _run(options, reward_url, judge)


@contextmanager
def _servers(options: argparse.Namespace) -> Iterator[tuple[Server, Server]]:
    """The judge and the reward URL."""
    judge = Server(*JUDGE, "--seed", str(options.seed))
    with ExitStack() as stack:
        stack.callback(judge.stop)
        judge.start()
        environment = {"OPENAI_BASE_URL": judge.url}
        reward_url = Server(
            *serving("reward.yaml", options.store), port=options.port, environment=environment
        )
        stack.callback(reward_url.stop)
        reward_url.start()
        yield reward_url, judge


def _run(options: argparse.Namespace, reward_url: Server, judge: Server) -> None:
    page = f"open {reward_url.url.removesuffix('v1/rewards')}"
    if options.stay:
        print(f"{page}    and watch", flush=True)
    started = time.monotonic()
    trainer = Trainer(options, reward_url, judge)
    for run in (HEALTHY, COLLAPSING):
        trainer.train(run)
    truth = trainer.truth
    count = sum(map(sum, truth.sent.values()))
    took = time.monotonic() - started
    lengths = " and ".join(str(len(sent)) for sent in truth.sent.values())
    print(f"{count:,} rollouts of {lengths} steps in {took:.0f} s")
    if options.truth is not None:
        options.truth.write_bytes(msgspec.json.encode(truth))
    if options.stay:
        if truth.bottom < options.until <= truth.mended:
            print(COLLAPSED)
        print(f"{page}    until Ctrl-C", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A simulated training run to look at.")
    parser.add_argument("--steps", type=int, default=60, help=f"of the run that collapses, {FEWEST} or more")
    parser.add_argument("--until", type=int, default=10**6, help="so many of these are sent, no more")
    parser.add_argument("--groups", type=int, default=8, help="groups of a step")
    parser.add_argument("--rollouts", type=int, default=8, help="rollouts of a group")
    parser.add_argument("--seed", type=int, default=0, help="the same seed sends the same rollouts")
    parser.add_argument(
        "--store", type=Path, help="the file to fill; left out: one that is deleted in the end"
    )
    parser.add_argument("--port", type=int, default=8900, help="the server's; 0 takes a free one")
    parser.add_argument("--stay", action="store_true", help="leave the server up until Ctrl-C")
    parser.add_argument("--truth", type=Path, help="where to write what is known of the runs, as JSON")
    options = parser.parse_args()
    if min(options.groups, options.rollouts) < 1 or options.steps < FEWEST:
        parser.error(f"there are at least {FEWEST} steps, of a group of one rollout")
    return options


def _interrupted(_number: int, _frame: object) -> None:
    """End as by Ctrl-C: the servers and the store are not left behind. Once, so that it can."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
