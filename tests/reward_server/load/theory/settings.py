"""Simulated judges as they are measured, and what their documented formulas say of them beforehand."""

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import fmean

from judges.backends.openai import Openai
from judges.backends.openai_wire import body_parts
from judges.request import Request
from judges.sim.chat import parse_request
from judges.sim.conversation import reply
from judges.sim.latency import LatencyModel, count_tokens
from judges.sim.options import SimOptions
from judges.sim.prefix_cache import PrefixCache
from reward_server.load.judge_target import JudgeTarget
from reward_server.load.workload.texts import Sizes, made_up_texts
from rubrics.rubric import Rubric
from tests.processes import start_sim
from tests.reward_server.load.theory.queueing import makespan

SLOTS = 10
SIZES = Sizes(dataset=0, group=100, rollout=100)
GROUP_SIZE = 8


@dataclass(frozen=True)
class Service:
    """What one call costs by the formulas."""

    seconds: float
    prompt_tokens: int
    cached_tokens: int


@dataclass(frozen=True)
class Setting:
    """A judge and the questions that it is asked."""

    name: str
    options: SimOptions
    questions: int = 1
    judge: dict[str, object] = field(default_factory=dict)
    failing: float = 0.0
    """Share of calls that fail at once, without a slot."""

    @property
    def flags(self) -> list[str]:
        """The command line of `options`."""
        given = {name: getattr(self.options, name) for name in sorted(self.options.model_fields_set)}
        return [word for name, value in given.items() for word in _flag(name.replace("_", "-"), value)]

    @property
    def rubric(self) -> Rubric:
        criteria = [{"id": f"c{n}", "ask": f"It names clause {n}."} for n in range(self.questions)]
        values = {"schema": "rubric/v1", "id": "r", "criteria": criteria, "judge": self.judge}
        return Rubric.model_validate(values)

    def target(self, url: str, run: int = 1) -> JudgeTarget:
        options = {"base_url": url, "model": "gavel-sim", "verdict": "token", "timeout_s": 30.0}
        texts = made_up_texts(self.rubric, SIZES, GROUP_SIZE, 0)
        return JudgeTarget(Openai.model_validate(options), self.rubric, texts, run=run)

    async def services(self, rollouts: int) -> list[Service]:
        """Of the calls of so many rollouts, in the order in which they are sent."""
        twin = self.target("http://127.0.0.1:1/v1")
        await twin.open()
        arrivals = (twin.next() for _ in range(rollouts))
        return list(self._served(ask.request for arrival in arrivals for ask in arrival.asks))

    def _served(self, requests: Iterator[Request]) -> Iterator[Service]:
        told = self.options
        model = LatencyModel(told.ttft, told.prefill_tps, told.decode_tps, told.speed)
        cache = PrefixCache(told.cache_blocks) if told.prefix_cache else None
        for request in requests:
            body = b"".join(body_parts(b'{"messages":', request, None, ""))
            chat = parse_request(body)
            prompt = chat.render()
            said = len(reply(chat.turns, chat.system, request.max_tokens).tokens)
            cached = 0 if cache is None else cache.admit(prompt)
            tokens = count_tokens(prompt)
            yield Service(model.service_time(tokens - cached, said), tokens, cached)

    def step(self, services: Sequence[Service]) -> float:
        """Seconds that a burst of these calls takes."""
        served = [each.seconds for each in services]
        served = served[: round(len(served) * (1 - self.failing))]
        if self.options.jitter == "none":
            return makespan(served, SLOTS)
        draw, sigma = random.Random(0), float(self.options.jitter.partition(":")[2])
        spread = [[s * draw.lognormvariate(-sigma * sigma / 2, sigma) for s in served] for _ in range(50)]
        return fmean(makespan(each, SLOTS) for each in spread)


def _flag(name: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", str(value)]


def options(**values: object) -> SimOptions:
    return SimOptions.model_validate({"slots": SLOTS, "prefill_tps": 0.0, **values})


SETTINGS = [
    Setting("constant", options(ttft=0.1)),
    Setting("prefill", options(ttft=0.03, prefill_tps=5_000.0, prefix_cache=False), questions=2),
    Setting("prefix cache", options(ttft=0.03, prefill_tps=1_500.0), questions=4),
    Setting("decode", options(ttft=0.04, decode_tps=100.0), questions=4, judge={"mode": "all"}),
    Setting("slow", options(ttft=0.02, speed=0.2)),
    Setting("faults", options(ttft=0.1, fault="http500:0.2"), failing=0.2),
    Setting("jitter", options(ttft=0.1, jitter="lognormal:0.4", seed=1)),
]


@contextmanager
def running(setting: Setting) -> Iterator[str]:
    """The URL of such a judge. The slow one is the second of two in one process."""
    if setting.options.speed == 1.0:
        with start_sim(*setting.flags) as sim:
            yield sim.base_url
        return
    fast = Setting(setting.name, setting.options.model_copy(update={"speed": 1.0}))
    slowness = 1 / setting.options.speed
    with start_sim(*fast.flags, "--replicas", "2", "--slow", f"2:{slowness:g}") as sim:
        yield next(islice(re.finditer(r"http://[^\s,]+", sim.ready_line), 1, None))[0]
