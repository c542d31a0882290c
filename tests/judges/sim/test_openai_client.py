import math

import pytest

from tests.judges.sim.client import QUOTING, switch_faults
from tests.processes import ServerProcess


async def test_openai_client_reads_replies_and_errors(sim: ServerProcess) -> None:
    import openai

    async with openai.AsyncOpenAI(base_url=sim.base_url, api_key="unused", max_retries=0) as client:
        completion = await client.chat.completions.create(
            model="gavel-sim",
            messages=[{"role": "user", "content": QUOTING}],
            max_tokens=1,
            temperature=0,
            seed=7,
            logprobs=True,
            top_logprobs=5,
            extra_headers={"X-Request-Id": "from-openai"},
        )
        assert completion.id == "chatcmpl-from-openai"
        assert completion.system_fingerprint == "gavel-sim (simulated judge)"
        assert completion.usage is not None
        assert completion.usage.prompt_tokens_details is not None
        choice = completion.choices[0]
        assert choice.message.content == "yes"
        assert choice.logprobs is not None
        assert choice.logprobs.content is not None
        top = choice.logprobs.content[0].top_logprobs
        spellings = math.fsum(
            math.exp(entry.logprob) for entry in top if entry.token.strip().lower() == "yes"
        )
        assert spellings == pytest.approx(0.97927, abs=1e-5)  # 0.98 / (1 + e^-7.2)

        assert [model.id async for model in client.models.list()] == ["gavel-sim"]
        with pytest.raises(openai.BadRequestError, match="does not stream"):
            await client.chat.completions.create(
                model="gavel-sim", messages=[{"role": "user", "content": "x"}], stream=True
            )
        await switch_faults(sim, "http429:1")
        with pytest.raises(openai.RateLimitError, match="http429 fault"):
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
    await switch_faults(sim, "")
