"""Scores items at one vLLM server, a call each; the server batches them."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from judges.backend_error import BackendError
from judges.backends.binding import IDS, Binding
from judges.backends.openai_wire import failure
from judges.classifiers import wire
from judges.classifiers.finding import Finding, find
from judges.classifiers.item import Claim, Item
from judges.classifiers.markup import inert
from judges.classifiers.template import filled
from judges.classifiers.vllm_options import VllmOptions
from judges.classifiers.wire import Answer
from judges.transport.http import Http, HttpReply
from rubrics.cause import Cause
from rubrics.rollout import Json


class HttpScorer:
    """Asks one server, over connections of its own."""

    def __init__(self, options: VllmOptions, key: str | None) -> None:
        self._options = options
        self._key = key
        self._fixed = _fixed(options)
        self._doors: dict[str, Http] = {}
        self._binding = Binding()
        self._one_call_each = options.reuse_connections == "when_bound"
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, item: Item) -> Finding:
        async with self._turn():
            try:
                async with asyncio.timeout(self._options.timeout_s):
                    answer = await self._asked(item)
            except TimeoutError:
                detail = f"no reply within {self._options.timeout_s:g} s"
                raise BackendError(Cause.JUDGE_TIMEOUT, detail, retryable=True) from None
        return find(answer.logits, self._options.label, self._options.activation)

    async def aclose(self) -> None:
        for door in self._doors.values():
            await door.aclose()

    def _turn(self) -> asyncio.Semaphore:
        """A place among the calls in flight; a new event loop has places of its own."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._turns = loop, asyncio.Semaphore(self._options.max_concurrency)
        return self._turns

    async def _asked(self, item: Item) -> Answer:
        path, fields = self._question(item)
        request_id = IDS.next()
        body = msgspec.json.encode({**self._fixed, **fields})
        reply = await self._door(path).post(body, {"X-Request-Id": request_id})
        try:
            return self._read(reply, path, item, request_id)
        except BaseException:
            if reply.status == HTTPStatus.OK or (self._one_call_each and not self._binding.seen):
                reply.discard()
            raise

    def _question(self, item: Item) -> tuple[str, dict[str, Json]]:
        if not isinstance(item, Claim):
            if not self._options.chat_template:
                return "/classify", wire.text_body(inert(item.plain))
            messages = [{"role": turn.role, "content": inert(turn.content)} for turn in item.turns]
            return "/classify", wire.chat_body(messages)
        if self._options.template is not None:
            pieces = filled(self._options.template, item)
            text = "".join(inert(piece) if is_outside else piece for piece, is_outside in pieces)
            return "/classify", wire.text_body(text)
        if item.premise is None:
            return "/classify", wire.text_body(inert(item.text))
        return "/score", wire.pair_body(inert(item.premise), inert(item.text))

    def _read(self, reply: HttpReply, path: str, item: Item, request_id: str) -> Answer:
        if reply.status != HTTPStatus.OK:
            raise failure(reply, _shown(item), self._key)
        answer = wire.read(reply, path)
        echoes = self._binding.check(request_id, answer.id, reply.headers.get("X-Request-Id"))
        if self._one_call_each and not echoes:
            reply.discard()
        return answer

    def _door(self, path: str) -> Http:
        door = self._doors.get(path)
        if door is None:
            options = self._options
            headers = {"Content-Type": "application/json"}
            if self._key is not None:
                headers["Authorization"] = f"Bearer {self._key}"
            door = self._doors[path] = Http(
                f"{options.base_url}{path}", headers, connections=None, max_bytes=options.max_reply_bytes
            )
        return door


def _fixed(options: VllmOptions) -> Mapping[str, Json]:
    fields: dict[str, Json] = {"model": options.model, "use_activation": False}
    if options.truncate != "error":
        # -1: as many as the model reads.
        fields["truncate_prompt_tokens"] = -1 if options.max_tokens is None else options.max_tokens
        fields["truncation_side"] = "left" if options.truncate == "start" else "right"
    return fields


def _shown(item: Item) -> list[dict[str, str]]:
    """The texts of an item, which no message of the server may quote."""
    if isinstance(item, Claim):
        return [{"content": text} for text in (item.premise, item.text) if text is not None]
    return [{"content": turn.content} for turn in item.turns]
