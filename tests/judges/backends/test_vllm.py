"""A real vLLM engine in this process. `make test-vllm` runs this in vLLM's own environment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

pytest.importorskip("vllm", exc_type=ImportError)

from msgspec.structs import replace

from judges.backend import Backend, BackendError
from judges.backends.vllm import Vllm
from judges.judge import Judge
from judges.readout.reply import read
from judges.request import Form, Prompt, Request, Shared
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.verdict import Reading
from tests.environments import vllm_server
from tests.judges.in_process.tiny_judge import agree, make_judge, questions, truths

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("default"),  # other people's deprecations
    pytest.mark.asyncio(loop_scope="module"),  # an engine stays with the loop it was first used in
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def options(folder: Path) -> Vllm:
    engine = {"max_model_len": 2048, "max_num_seqs": 32, "enforce_eager": True}
    given = {"model": str(folder), "dtype": "float32", "engine": engine, "cache": {"store": "none"}}
    return Vllm.model_validate(given)


@pytest.fixture(scope="module")
def started(options: Vllm) -> Backend:
    """An engine started as `gavel serve` does it, before there is an event loop."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in vllm_server.ENVIRONMENT.items():
            patch.setenv(name, value)
        return options.endpoints()[""]()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backend(started: Backend) -> AsyncIterator[Backend]:
    yield started
    await started.aclose()
    with pytest.raises(BackendError, match="closed"):
        await started(questions()[0])


async def test_verdicts_are_the_models_own(backend: Backend, folder: Path) -> None:
    asked = questions()
    judge = Judge(backend)
    outcomes = await asyncio.gather(*(judge.ask(each.prompt, each.choices) for each in asked))
    assert sum(isinstance(outcome, Reading) for outcome in outcomes) >= 16
    for outcome, truth in zip(outcomes, truths(folder, asked), strict=True):
        assert agree(outcome, truth, within=1e-3)


async def test_prefixes_come_from_its_cache(backend: Backend) -> None:
    evidence = Shared("Judge.", "A text of so many words. " * 60)
    asked = [Request(Prompt(evidence, f"Criterion: {word}"), ("yes", "no")) for word in ("one", "two")]
    first, second = [(await backend(request)).usage for request in asked]
    assert min(first.prompt, second.prompt) > 300
    assert second.cached > 0.8 * second.prompt
    assert first.completion == 1


@pytest.mark.parametrize("form", ["choice", "json"])
async def test_constrained_answers_are_always_a_choice(backend: Backend, form: Form) -> None:
    asked = [replace(request, choices=("quartz", "violin")) for request in questions(form)[:6]]
    for request, reply in zip(asked, await asyncio.gather(*map(backend, asked)), strict=True):
        assert isinstance(read(reply, request.choices, form), Reading)
        assert reply.alternatives is None
        assert not reply.truncated


async def test_an_overlong_prompt_is_rejected(backend: Backend) -> None:
    with pytest.raises(BackendError, match="this judge reads 2048") as caught:
        await backend(Request(Prompt(Shared("", "word " * 3000), "?"), ("yes", "no")))
    assert caught.value.cause == Cause.JUDGE_REJECTED


async def test_p12_cancelling_a_call_ends_its_work(backend: Backend) -> None:
    endless = replace(questions("text")[0], max_tokens=1000)
    calls = [asyncio.create_task(backend(endless)) for _ in range(4)]
    engine = backend._engine  # type: ignore[attr-defined]
    async with asyncio.timeout(30):
        while engine.get_num_unfinished_requests() < 4:  # noqa: ASYNC110 - vLLM has no event for it
            await asyncio.sleep(0)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert engine.get_num_unfinished_requests() == 0
    assert (await backend(questions()[0])).alternatives


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": {"no_such_argument": 1}}, "no_such_argument"),
        ({"model": "nobody/has-such-a-model"}, "cannot start vLLM on nobody/has-such-a-model"),
    ],
)
async def test_what_cannot_start_is_refused(
    options: Vllm, settings: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "/nonexistent")
    with pytest.raises(ConfigError, match=message):
        Vllm.model_validate(options.model_dump() | settings).open()
