"""One tiny judge and one vLLM that serves it, for all tests here. `make test-vllm` runs them."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest

from judges.backend import Backend
from judges.backends.openai import Openai
from judges.judge import Judge
from tests.environments.vllm_server import MODEL, make_model, run, start_vllm
from tests.real_vllm.questions import SEED_TO_FIT, Question, of_both_layouts


class Truth(NamedTuple):
    """A question's answer out of the model's logits."""

    chances: dict[str, float]
    """Probability of each choice, over all its spellings. They do not sum to 1."""
    exact: dict[str, float]
    """Probability of the one token that is the choice to the letter."""

    @property
    def mass(self) -> float:
        return sum(self.chances.values())

    @property
    def shares(self) -> dict[str, float]:
        """The verdict they come to."""
        return {choice: chance / self.mass for choice, chance in self.chances.items()}


Truths = Callable[[Sequence[Question]], list[Truth]]


class Vllm:
    """The server, and ways to ask it."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url = url
        self._stack = stack

    def options(self, **settings: object) -> Openai:
        """It as a judge that remembers nothing."""
        given = {"base_url": self.url, "model": MODEL, "api_key_env": None, "cache": {"store": "none"}}
        return Openai.model_validate({**given, **settings})

    def judge(self, **settings: object) -> Judge:
        """A judge on it, closed after the test."""
        judge = Judge.of(self.options(**settings))
        self._stack.push_async_callback(judge.aclose)
        return judge

    def backend(self, **settings: object) -> Backend:
        """The bare backend, closed after the test."""
        backend = self.options(**settings).open()
        self._stack.push_async_callback(backend.aclose)
        return backend

    def forget(self) -> None:
        """Empty its prefix cache."""
        self.post("/reset_prefix_cache", {})

    def post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """The JSON that a path outside of /v1 answers with."""
        headers = {"Content-Type": "application/json"}
        root = self.url.removesuffix("/v1")
        with urlopen(HttpRequest(f"{root}{path}", json.dumps(body).encode(), headers), timeout=30) as reply:
            return dict(json.loads(reply.read() or b"{}"))

    def metric(self, name: str) -> float:
        """The value of one of its counters or gauges."""
        with urlopen(f"{self.url.removesuffix('/v1')}/metrics", timeout=30) as reply:
            lines = reply.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name}{{"))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny judge, fitted to questions of the kind that the tests ask, and to none of theirs."""
    asked = [question.json for question in of_both_layouts(3, SEED_TO_FIT)]
    return make_model(tmp_path_factory.mktemp("judge"), asked)


@pytest.fixture(scope="session")
def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a vLLM that serves the tiny judge."""
    with start_vllm(model, tmp_path_factory.mktemp("vllm") / "log.txt") as url:
        yield url


@pytest.fixture
async def vllm(served: str) -> AsyncIterator[Vllm]:
    """The server, with whatever the test opens on it."""
    async with AsyncExitStack() as stack:
        yield Vllm(served, stack)


@pytest.fixture(scope="session")
def truths(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Truths:
    """What the model thinks of questions, computed by transformers in a process of its own."""
    folder = tmp_path_factory.mktemp("truths")
    known: dict[str, Truth] = {}

    def compute(questions: Sequence[Question]) -> list[Truth]:
        lines = [json.dumps(question.json) for question in questions]
        unknown = [line for line in dict.fromkeys(lines) if line not in known]
        if unknown:
            known.update(zip(unknown, computed(unknown), strict=True))
        return [known[line] for line in lines]

    def computed(lines: Sequence[str]) -> Iterator[Truth]:
        asked, answered = folder / "asked.jsonl", folder / "answered.jsonl"
        asked.write_text("\n".join(lines))
        run("tests.real_vllm.logits", model, asked, answered)
        return (Truth(**json.loads(line)) for line in answered.read_text().splitlines())

    return compute
