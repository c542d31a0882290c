"""A vLLM engine and the backend over it. Imports vLLM: import it late."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from huggingface_hub import snapshot_download
from transformers import AutoTokenizer
from vllm import AsyncEngineArgs, CompletionOutput, RequestOutput, SamplingParams
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError

from judges.backend import BackendError
from judges.in_process.chat import Chat
from judges.in_process.model import texts_allowed
from judges.in_process.options import OwnModel
from judges.request import Alternatives, Reply, Request, Usage
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.rollout import Json


def start(options: OwnModel, further: Mapping[str, Json]) -> "VllmBackend":
    """Start an engine. Raises ConfigError."""
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # a judge reports to nobody
    try:
        folder = _located(options)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        engine = AsyncLLM.from_engine_args(_arguments(options, folder, further))
    except Exception as error:  # vLLM, CUDA and a folder of files: anything may be raised
        message = f"cannot start vLLM on {options.model}: {type(error).__name__}: {error!s:.200}"
        raise ConfigError(message) from error
    limit = engine.vllm_config.model_config.max_model_len
    try:
        chat = Chat(tokenizer, options.chat_template_kwargs, limit)
    except ConfigError:
        engine.shutdown()
        raise
    return VllmBackend(engine, chat, options)


def _located(options: OwnModel) -> str:
    if Path(options.model).is_dir():
        return options.model
    return snapshot_download(options.model, revision=options.revision, local_files_only=not options.download)


def _arguments(options: OwnModel, folder: str, further: Mapping[str, Json]) -> AsyncEngineArgs:
    return AsyncEngineArgs(
        model=folder,
        dtype=options.dtype,
        max_logprobs=options.top_logprobs,
        disable_log_stats=True,
        **further,
    )


class VllmBackend:
    """Answers from one engine, which batches the calls and keeps their prefixes by itself."""

    def __init__(self, engine: AsyncLLM, chat: Chat, options: OwnModel) -> None:
        self._engine = engine
        self._chat = chat
        self._name = options.model
        self._top = options.top_logprobs
        # A tokenizer is not to be used by two threads at a time.
        self._thread = ThreadPoolExecutor(1, "vllm-judge")
        self._closed = False

    async def __call__(self, request: Request) -> Reply:
        if self._closed:
            raise BackendError(Cause.JUDGE_UNREACHABLE, "the judge was closed")
        try:
            output = await self._generated(await self._encoded(request), request)
        except BackendError:
            raise
        except EngineDeadError:
            raise BackendError(Cause.JUDGE_UNREACHABLE, "the vLLM engine died", retryable=True) from None
        except Exception as error:  # vLLM may raise anything
            detail = f"vLLM raised {type(error).__name__}"
            raise BackendError(Cause.JUDGE_ERROR, detail, retryable=True) from error
        return self._reply(output, request)

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._thread.shutdown()
            await asyncio.to_thread(self._engine.shutdown)
            del self._engine

    async def _encoded(self, request: Request) -> list[int]:
        loop = asyncio.get_running_loop()
        prompts, room = [request.messages], [request.max_tokens]
        (tokens,) = await loop.run_in_executor(self._thread, self._chat.encode, prompts, room)
        if isinstance(tokens, BackendError):
            raise tokens
        return tokens

    async def _generated(self, tokens: list[int], request: Request) -> RequestOutput:
        name, wanted = secrets.token_hex(8), _sampling(request, self._top)
        async for output in self._engine.generate({"prompt_token_ids": tokens}, wanted, name):
            last = output
        return last

    def _reply(self, output: RequestOutput, request: Request) -> Reply:
        said = output.outputs[0]
        usage = Usage(len(output.prompt_token_ids), output.num_cached_tokens or 0, len(said.token_ids))
        return Reply(
            said.text,
            _alternatives(said) if request.form == "token" else None,
            self._name,
            usage,
            truncated=said.finish_reason == "length",
            echoes=True,
        )


def _sampling(request: Request, top: int) -> SamplingParams:
    return SamplingParams(
        max_tokens=request.max_tokens,
        temperature=0.0,
        logprobs=top if request.form == "token" else None,
        structured_outputs=_structured(request),
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _structured(request: Request) -> StructuredOutputsParams | None:
    texts = texts_allowed(request)
    return None if texts is None else StructuredOutputsParams(choice=texts)


def _alternatives(said: CompletionOutput) -> Alternatives:
    """The first token's alternatives, best first. vLLM adds the token that it took, which is the best."""
    first = said.logprobs[0].values() if said.logprobs else ()
    return sorted(((each.decoded_token or "", each.logprob) for each in first), key=lambda pair: -pair[1])
