"""The backend over one endpoint's `/chat/completions`."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from judges.backends.binding import IDS, Binding
from judges.backends.openai_wire import body_head, body_parts, failure, form_fields, read_completion
from judges.request import Form, Menus, Reply, Request
from rubrics.rollout import Json

if TYPE_CHECKING:
    from judges.backends.openai_options import OpenaiOptions
    from judges.transport.http import Http, HttpReply

_Kind = tuple[Form, int, tuple[str, ...], int, Menus]


class ChatCompletions:
    """Asks one replica, over connections of its own."""

    def __init__(
        self, options: "OpenaiOptions", url: str, key: str | None = None, address: str | None = None
    ) -> None:
        self._options = options
        self._url = url
        self._key = key
        self._address = address
        self._http: Http | None = None
        self._heads: dict[_Kind, bytes] = {}
        self._binding = Binding()
        self._one_call_each = options.reuse_connections == "when_bound"

    async def __call__(self, request: Request) -> Reply:
        if self._http is None:
            self._http = self._connect()
        request_id = IDS.next()
        content = body_parts(self._head(request), request, self._options.request_id_field, request_id)
        reply = await self._http.post(content, {"X-Request-Id": request_id})
        try:
            return self._read(reply, request, request_id)
        except BaseException:
            if reply.status == HTTPStatus.OK or (self._one_call_each and not self._binding.seen):
                reply.discard()
            raise

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    def _read(self, reply: "HttpReply", request: Request, request_id: str) -> Reply:
        if reply.status != HTTPStatus.OK:
            raise failure(reply, request.messages, self._key)
        completion = read_completion(reply)
        echoes = self._binding.check(request_id, completion.id or "", reply.headers.get("X-Request-Id"))
        if self._one_call_each and not echoes:
            reply.discard()
        return completion.reply(echoes=echoes)

    def _connect(self) -> "Http":
        from judges.transport.http import Http  # brings asyncio, which `gavel check` need not wait for

        options = self._options
        headers = {**options.headers, "Content-Type": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        return Http(
            f"{self._url}/chat/completions",
            headers,
            connections=options.max_concurrency,
            max_bytes=options.max_reply_bytes,
            address=self._address,
        )

    def _head(self, request: Request) -> bytes:
        kind = (request.form, request.max_tokens, request.choices, request.sample, request.menus)
        head = self._heads.get(kind)
        if head is None:
            if len(self._heads) >= 4096:
                self._heads.clear()
            head = self._heads[kind] = body_head(self._fields(request))
        return head

    def _fields(self, request: Request) -> dict[str, Json]:
        options = self._options
        return {
            "model": options.model,
            "temperature": options.temperature,
            "seed": None if options.seed is None else options.seed + request.sample,
            "max_tokens": request.max_tokens,
            **form_fields(request, options.top_logprobs),
            **options.extra_body,
        }
