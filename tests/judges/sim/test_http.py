import asyncio
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from judges.sim.verdict import judge
from tests.judges.sim.client import QUOTING, Json, chat_body, counters_when, post_chat, state
from tests.judges.sim.conftest import INSTANT
from tests.processes import ServerProcess, start_sim


async def get(url: str, **arguments: Any) -> tuple[int, str, str | None]:
    async with aiohttp.ClientSession() as session, session.get(url, **arguments) as response:
        return response.status, await response.text(), response.headers.get("X-Gavel-Simulated")


async def post_raw(server: ServerProcess, body: bytes) -> tuple[int, Json]:
    url = f"{server.base_url}/chat/completions"
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        assert response.headers["X-Gavel-Simulated"] == "true"
        return response.status, await response.json()


async def test_one_token_verdict(sim: ServerProcess) -> None:
    reply = await post_chat(sim, chat_body(unknown_field=[1]), "r7")
    assert reply["id"] == "chatcmpl-r7"
    assert (reply["model"], reply["system_fingerprint"]) == ("gavel-sim", "gavel-sim (simulated judge)")
    (choice,) = reply["choices"]
    assert choice["message"] == {"role": "assistant", "content": "yes", "refusal": None}
    assert choice["finish_reason"] == "length"
    (token,) = choice["logprobs"]["content"]
    assert token["token"] == "yes"
    assert len(token["top_logprobs"]) == 20
    # 0.98 / (1 + e^-7.2), three quarters of it on "yes"
    assert token["logprob"] == pytest.approx(-0.308631, abs=1e-5)
    assert token["top_logprobs"][1]["token"] == " Yes"
    assert token["top_logprobs"][0]["bytes"] == [121, 101, 115]


async def test_only_the_asked_number_of_alternatives(sim: ServerProcess) -> None:
    reply = await post_chat(sim, chat_body(top_logprobs=3))
    assert len(reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]) == 3
    without = await post_chat(sim, {"messages": [{"role": "user", "content": QUOTING}]})
    assert without["choices"][0]["logprobs"] is None


async def test_more_tokens_change_nothing_when_choices_are_given(sim: ServerProcess) -> None:
    reply = await post_chat(sim, chat_body(max_tokens=50))
    assert reply["choices"][0]["message"]["content"] == "yes"
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"]["completion_tokens"] == 1


async def test_open_question_is_explained_up_to_the_limit(sim: ServerProcess) -> None:
    question = "The post quotes clause seven.\n\nAre there quotes of clause eight?"
    whole = await post_chat(sim, chat_body(question, max_tokens=None, max_completion_tokens=None))
    expected = "yes\nSimulated: 2 of 3 words of the question occur in the evidence."
    assert whole["choices"][0]["message"]["content"] == expected
    # "yes", then 64 bytes in tokens of four
    assert whole["usage"]["completion_tokens"] == 17
    cut = await post_chat(sim, chat_body(question, max_tokens=None, max_completion_tokens=3))
    assert cut["choices"][0]["message"]["content"] == "yes\nSimulat"
    assert cut["choices"][0]["finish_reason"] == "length"
    assert len(cut["choices"][0]["logprobs"]["content"]) == 3


async def test_last_user_message_is_judged_and_parts_are_joined(sim: ServerProcess) -> None:
    parts = [
        {"type": "text", "text": QUOTING},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "text", "text": "Answer with exactly one of: low, high."},
    ]
    messages = [{"role": "system", "content": "Be fair."}, {"role": "user", "content": parts}]
    reply = await post_chat(sim, chat_body(messages=messages))
    assert reply["choices"][0]["message"]["content"] in {"low", "high"}


async def test_usage_counts_the_rendered_prompt_and_the_cache(sim: ServerProcess) -> None:
    body = chat_body("k" * 200)
    # "<|user|>\n" + 200 + "\n" + "<|assistant|>\n" = 9 + 200 + 1 + 14 = 224 bytes = 56 tokens, 3 whole blocks
    first, second = await post_chat(sim, body), await post_chat(sim, body)
    assert first["usage"] == {
        "prompt_tokens": 56,
        "completion_tokens": 1,
        "total_tokens": 57,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert second["usage"]["prompt_tokens_details"] == {"cached_tokens": 48}


async def test_every_call_gets_its_own_id_and_verdict_back(sim: ServerProcess) -> None:
    questions = [f"alpha beta gamma {n}\n\nalpha {'beta' if n % 2 else 'omega'} zeta?" for n in range(200)]
    replies = await asyncio.gather(
        *(post_chat(sim, chat_body(question), f"call-{n}") for n, question in enumerate(questions))
    )
    assert [reply["id"] for reply in replies] == [f"chatcmpl-call-{n}" for n in range(200)]
    contents = [reply["choices"][0]["message"]["content"] for reply in replies]
    assert contents == [judge(question).choice for question in questions]
    assert set(contents) == {"yes", "no"}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "cannot read the request"),
        (b"\xff", "cannot read the request"),
        (b'{"messages": []}', "messages"),
        (b'{"messages": [{"role": "system", "content": "x"}]}', "'user'"),
        (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', "cannot read the request"),
        (b'{"messages": [{"role": "user", "content": 7}]}', r"$.messages[0].content"),
        (b'{"messages": [{"role": "user", "content": "x"}], "stream": true}', "stream"),
        (b'{"messages": [{"role": "user", "content": "x"}], "n": 2}', "$.n"),
        (b'{"messages": [{"role": "user", "content": "x"}], "max_tokens": 0}', "$.max_tokens"),
        (b'{"messages": [{"role": "user", "content": "x"}], "top_logprobs": 5}', "logprobs: true"),
        (
            b'{"messages": [{"role": "user", "content": "x"}], "logprobs": true, "top_logprobs": 21}',
            "$.top_logprobs",
        ),
    ],
)
async def test_bad_request_is_told_what_is_wrong(sim: ServerProcess, body: bytes, complaint: str) -> None:
    status, reply = await post_raw(sim, body)
    assert status == 400
    assert complaint in reply["error"]["message"]
    assert reply["error"]["type"] == "invalid_request_error"


async def test_deeply_nested_request_is_refused(sim: ServerProcess) -> None:
    status, reply = await post_raw(sim, b'{"messages": ' + b"[" * 100_000)
    assert status == 400
    assert "cannot read" in reply["error"]["message"]


async def test_it_says_everywhere_that_it_is_simulated(sim: ServerProcess) -> None:
    status, models, header = await get(f"{sim.base_url}/models")
    assert (status, header) == (200, "true")
    assert '"owned_by":"gavel-sim (simulated judge)"' in models
    assert await get(f"{sim.root_url}/health") == (200, '{"status":"ok","simulated":true}', "true")
    status, text, header = await get(f"{sim.root_url}/nothing")
    assert (status, header) == (404, "true")
    assert "POST /v1/chat/completions" in text


async def test_metrics_follow_the_counters(sim: ServerProcess) -> None:
    await post_chat(sim, chat_body())
    _, text, _ = await get(f"{sim.root_url}/metrics")
    counters = (await state(sim))["counters"]
    samples = {
        (sample.name, sample.labels.get("outcome")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert all(name.startswith("gavel_sim_") for name, _ in samples)
    assert samples["gavel_sim_requests_total", "ok"] == counters["requests"]["ok"] > 0
    assert samples["gavel_sim_prompt_tokens_total", None] == counters["prompt_tokens"] > 0
    assert samples["gavel_sim_cached_tokens_total", None] == counters["cached_tokens"]
    assert samples["gavel_sim_decode_tokens_total", None] == counters["decode_tokens"] > 0
    assert samples["gavel_sim_requests_in_flight", None] == 0
    assert samples["gavel_sim_requests_queued", None] == 0


async def test_api_key_is_required_when_set() -> None:
    with start_sim(*INSTANT, "--api-key", "s3cret") as server:
        assert (await get(f"{server.base_url}/models"))[0] == 401
        wrong = {"Authorization": "Bearer s3cre"}
        assert (await get(f"{server.base_url}/models", headers=wrong))[0] == 401
        status, reply = await post_raw(server, b"{}")
        assert (status, reply["error"]["type"]) == (401, "authentication_error")
        right = {"Authorization": "Bearer s3cret"}
        assert (await get(f"{server.base_url}/models", headers=right))[0] == 200
        assert (await get(f"{server.root_url}/health"))[0] == 200
        _, state_text, _ = await get(f"{server.root_url}/sim", headers=right)
        assert '"unauthorized":1' in state_text
        assert "s3cret" not in state_text


async def test_calls_beyond_the_slots_queue() -> None:
    with start_sim("--ttft", "0.1", "--prefill-tps", "0", "--slots", "2") as server:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await asyncio.gather(*(post_chat(server, chat_body(f"question {n}?")) for n in range(6)))
        elapsed = loop.time() - begin
        counters = (await state(server))["counters"]
    assert elapsed >= 0.3  # three rounds of 0.1 s
    assert counters["peak_in_flight"] == 2
    assert counters["requests"] == {"ok": 6}


async def test_client_that_leaves_frees_its_slot_at_once() -> None:
    with start_sim("--ttft", "0", "--prefill-tps", "1000", "--slots", "1") as server:
        long = asyncio.create_task(post_chat(server, chat_body("x" * 900_000)))  # 225 s of prefill
        await counters_when(server, lambda counters: counters["in_flight"] == 1)
        waiting = asyncio.create_task(post_chat(server, chat_body("y" * 900_000)))
        await counters_when(server, lambda counters: counters["queued"] == 1)
        waiting.cancel()
        await counters_when(server, lambda counters: counters["queued"] == 0)
        long.cancel()
        async with asyncio.timeout(10):
            await post_chat(server, chat_body("short?"))
        counters = (await state(server))["counters"]
    await asyncio.gather(long, waiting, return_exceptions=True)
    assert counters["requests"] == {"cancelled": 2, "ok": 1}
    assert counters["in_flight"] == 0
