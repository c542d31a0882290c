"""A real model in this process, from a reward file's options to a verdict. Needs torch: `make test-local`."""

import asyncio
import json
import math
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from msgspec.structs import replace
from transformers import Qwen3Config, Qwen3ForSequenceClassification

from judges.asking.reasons import why
from judges.backend import Backend, BackendError
from judges.backends.local import Local
from judges.judge import Judge
from judges.readout.reply import read
from judges.request import Form, Prompt, Reply, Request, Shared
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.verdict import Reading
from tests.judges.in_process.tiny_judge import agree, make_judge, questions, truths

pytestmark = [pytest.mark.local, pytest.mark.timeout(300)]

Opener = Callable[..., Backend]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="session")
def options(folder: Path) -> Callable[..., Local]:
    def make(**settings: object) -> Local:
        given = {"model": str(folder), "dtype": "float32", "device": "cpu", "cache": {"store": "none"}}
        return Local.model_validate({**given, **settings})

    return make


@pytest.fixture
async def opened(options: Callable[..., Local]) -> AsyncIterator[Opener]:
    """Opens backends that are closed after the test."""
    async with AsyncExitStack() as stack:

        def open_(**settings: object) -> Backend:
            backend = options(**settings).open()
            stack.push_async_callback(backend.aclose)
            return backend

        yield open_


async def replies(backend: Backend, asked: Sequence[Request]) -> list[Reply]:
    return list(await asyncio.gather(*map(backend, asked)))


def chances(reply: Reply) -> dict[str, float]:
    """The probabilities of its alternatives; the last ones may be ties, of which either may be told."""
    assert reply.alternatives is not None
    return {token: math.exp(logprob) for token, logprob in reply.alternatives[:10]}


def shares(reply: Reply, request: Request) -> dict[str, float]:
    reading = read(reply, request.choices, request.form)
    assert isinstance(reading, Reading)
    return dict(reading.choices)


async def test_verdicts_are_the_models_own(options: Callable[..., Local], folder: Path) -> None:
    asked = questions()
    judge = Judge.of(options())
    outcomes = await asyncio.gather(*(judge.ask(each.prompt, each.choices) for each in asked))
    await judge.aclose()
    assert sum(isinstance(outcome, Reading) for outcome in outcomes) >= 16
    for outcome, truth in zip(outcomes, truths(folder, asked), strict=True):
        assert agree(outcome, truth, within=1e-4)


@pytest.mark.parametrize("settings", [{"max_batch": 1}, {"max_batch": 5}, {"max_tokens_in_batch": 2000}])
async def test_a_verdict_does_not_depend_on_its_batch(opened: Opener, settings: dict[str, object]) -> None:
    asked = questions()
    together, apart = await replies(opened(), asked), await replies(opened(**settings), asked)
    for one, other in zip(together, apart, strict=True):
        assert chances(one) == pytest.approx(chances(other), abs=1e-4)


async def test_alternatives_are_decoded_tokens_best_first(opened: Opener) -> None:
    (reply,) = await replies(opened(top_logprobs=7), questions()[:1])
    assert reply.alternatives is not None
    tokens, logprobs = zip(*reply.alternatives, strict=True)
    assert len(tokens) == 7
    assert list(logprobs) == sorted(logprobs, reverse=True)
    assert reply.text == tokens[0]
    assert reply.text.strip().lower() in ("yes", "no")
    assert reply.echoes


async def test_what_questions_share_is_computed_once_and_counted(opened: Opener) -> None:
    evidence = Shared("Judge.", "A text of some words. " * 20)
    asked = [Request(Prompt(evidence, f"Criterion: {word}"), ("yes", "no")) for word in ("one", "two", "six")]
    together = await replies(opened(), asked)
    first, *others = [reply.usage for reply in together]
    assert first.cached == 0
    assert all(0.9 * usage.prompt < usage.cached < usage.prompt for usage in others)
    assert {usage.completion for usage in (first, *others)} == {1}


async def test_an_overlong_prompt_is_rejected_and_its_neighbours_are_not(opened: Opener) -> None:
    asked = questions()[:2]
    long = Request(Prompt(Shared("", "word " * 3000), "?"), ("yes", "no"))
    huge = Request(Prompt(Shared("", "x" * 10_000_000), "?"), ("yes", "no"))
    backend = opened(max_tokens_in_batch=2000)
    found = await asyncio.gather(*map(backend, [asked[0], long, huge, asked[1]]), return_exceptions=True)
    assert [type(each) for each in found] == [Reply, BackendError, BackendError, Reply]
    errors = [each for each in found if isinstance(each, BackendError)]
    assert {error.cause for error in errors} == {Cause.JUDGE_REJECTED}
    assert all("this judge reads 2000" in error.detail for error in errors)


@pytest.mark.parametrize("form", ["choice", "json"])
async def test_constrained_answers_are_always_a_choice(opened: Opener, form: Form) -> None:
    asked = [replace(request, choices=("quartz", "quartzite", "violin")) for request in questions(form)]
    found = await replies(opened(), asked)
    for request, reply in zip(asked, found, strict=True):
        assert sum(shares(reply, request).values()) == 1
        assert not reply.truncated
    if form == "json":
        assert {tuple(json.loads(reply.text)) for reply in found} == {("verdict",)}


async def test_a_constrained_answer_is_the_likelier_one(opened: Opener) -> None:
    """The choices begin with different tokens here, so the first token decides as it does for `token`."""
    backend = opened()
    pairs = zip(questions(), questions("choice"), strict=True)
    for token, choice in [pair for pair in pairs if pair[0].choices == ("yes", "no")][:6]:
        alternatives = (await backend(token)).alternatives or []
        exact = {word: logprob for word, logprob in alternatives if word in token.choices}
        assert (await backend(choice)).text == max(exact, key=exact.__getitem__)


async def test_it_gives_reasons_and_says_when_they_were_cut_short(opened: Opener) -> None:
    asked = [why(request, "yes") for request in questions()[:3]]
    cut = [replace(request, max_tokens=3) for request in asked]
    backend = opened()
    for reply, short in zip(await replies(backend, asked), await replies(backend, cut), strict=True):
        assert reply.alternatives is None
        assert reply.text.startswith(short.text)
        assert short.truncated == (reply.usage.completion > 3)
        assert reply.truncated == (reply.usage.completion == asked[0].max_tokens)


async def test_the_event_loop_never_waits_for_the_model(opened: Opener) -> None:
    backend = opened()
    loop_thread = threading.get_ident()
    at_work: set[int] = set()
    model = backend._model._forward._model  # type: ignore[attr-defined]
    watched = model.register_forward_pre_hook(lambda *_: at_work.add(threading.get_ident()))
    await replies(backend, questions()[:4])
    watched.remove()
    assert len(at_work) == 1
    assert loop_thread not in at_work


@pytest.fixture(scope="session")
def mended(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A copy of the judge with files changed or left out (None)."""

    def make(**files: str | bytes | None) -> Path:
        copy = tmp_path_factory.mktemp("mended")
        for path in folder.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
        for name, content in files.items():
            file = copy / name.replace("__", ".")
            file.unlink(missing_ok=True)
            if content is not None:
                file.write_bytes(content.encode() if isinstance(content, str) else content)
        return copy

    return make


def test_nothing_is_downloaded_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("it went to the network")

    monkeypatch.setattr("socket.socket.connect", connect)
    with pytest.raises(ConfigError, match="download: true"):
        Local.model_validate({"model": "nobody/has-such-a-model"}).open()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"model__safetensors": b"\x00" * 20}, "cannot load the model"),
        ({"config__json": "{"}, "cannot load the model"),
        ({"config__json": '{"model_type": "no_such_type"}'}, "cannot load the model .*no_such_type"),
        ({"chat_template__jinja": None}, "has no chat template"),
        ({"chat_template__jinja": "{{ raise_exception('no system') }}"}, "refuses a question: no system"),
    ],
)
def test_a_broken_model_is_refused(
    mended: Callable[..., Path], files: dict[str, str | bytes | None], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Local.model_validate({"model": str(mended(**files))}).open()


def test_code_in_a_models_folder_is_not_run(mended: Callable[..., Path]) -> None:
    config = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}
    copy = mended(config__json=json.dumps(config), evil__py="open(__file__ + '.ran', 'w')")
    with pytest.raises(ConfigError, match="cannot load the model"):
        Local.model_validate({"model": str(copy)}).open()
    assert not (copy / "evil.py.ran").exists()


def test_a_reward_model_is_no_judge(mended: Callable[..., Path]) -> None:
    copy = mended()
    config = Qwen3Config.from_pretrained(copy, num_labels=1, tie_word_embeddings=False)
    Qwen3ForSequenceClassification(config).save_pretrained(copy)
    with pytest.raises(ConfigError, match=r"has no weights for `lm_head\.weight`"):
        Local.model_validate({"model": str(copy)}).open()


@pytest.mark.parametrize("device", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_refused(options: Callable[..., Local], device: str) -> None:
    with pytest.raises(ConfigError, match="cannot load the model"):
        options(device=device).open()


async def test_a_list_of_devices_makes_a_replica_on_each(options: Callable[..., Local]) -> None:
    endpoints = options(device=["cpu", "meta"]).endpoints()
    assert list(endpoints) == ["cpu", "meta"]
    backends = [open_() for open_ in endpoints.values()]
    assert endpoints["cpu"]() is backends[0]
    assert backends[0] is not backends[1]
    for backend in backends:
        await backend.aclose()


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
