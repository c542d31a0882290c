"""The wide part of a stored rollout: its texts, its result in full, and what judges were asked about it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from judges.call import Call
from reward_server.engine.row import Row
from reward_server.store.entry import StoredCall
from reward_server.wire.egress import results
from reward_server.wire.native import Result
from rubrics.rollout import FinishReason, Json


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout, in full. Texts are None where the store keeps none."""

    completion: str | None = None
    ground_truth: Json = None
    metadata: Mapping[str, Json] = {}
    finish_reason: FinishReason | None = None
    result: Result
    calls: Sequence[StoredCall] = ()


Asked = Mapping[str, Sequence[Call]]
"""What was done for judges' questions, by the rollout's id."""


def asked_by_rollout(calls: Iterable[Call]) -> Asked:
    """Calls by the rollout that they are about."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.name.rpartition("/")[0]].append(call)
    return found


def contents(rows: Sequence[Row], asked: Asked) -> list[Content]:
    """The contents of rows, in their order."""
    return [_content(row, result, asked) for row, result in zip(rows, results(rows, "verdicts"), strict=True)]


def _content(row: Row, result: Result, asked: Asked) -> Content:
    rollout = row.rollout
    return Content(
        completion=rollout.completion.text,
        ground_truth=rollout.ground_truth,
        metadata=rollout.metadata,
        finish_reason=rollout.finish_reason,
        result=result,
        calls=[_stored(call) for call in asked.get(rollout.id, ())],
    )


def _stored(call: Call) -> StoredCall:
    return StoredCall(
        question=call.name.rpartition("/")[2],
        how=call.how,
        judge=call.judge,
        replica=call.replica,
        seconds=round(call.seconds, 6),
        prompt_digest=call.digest.hex(),
        prompt_tokens=call.usage.prompt,
        cached_tokens=call.usage.cached,
        completion_tokens=call.usage.completion,
        reply=call.text,
        cause=None if call.cause is None else call.cause.value,
    )


def without_text(content: Content) -> Content:
    """The numbers, names and causes of a content; nothing that a policy, a judge or a dataset wrote."""
    silent = _with_words(content, lambda _: None)
    return replace(silent, completion=None, ground_truth=None, metadata={})


def cleaned(content: Content, clean: Callable[[str], str]) -> Content:
    """A content with each of its texts cleaned, keys of the dataset's objects included."""
    told = _with_words(content, clean)
    return replace(
        told,
        completion=None if content.completion is None else clean(content.completion),
        ground_truth=cleaned_json(content.ground_truth, clean),
        metadata={clean(key): cleaned_json(value, clean) for key, value in content.metadata.items()},
    )


def cleaned_json(value: Json, clean: Callable[[str], str]) -> Json:
    """A JSON value with each of its strings cleaned. Without recursion: it may be as deep as can be sent."""
    top: list[Json] = [value]
    waiting: list[list[Json] | dict[str, Json]] = [top]
    while waiting:
        held = waiting.pop()
        for place, member in held.items() if isinstance(held, dict) else enumerate(held):
            if isinstance(member, str):
                held[place] = clean(member)  # type: ignore[index]
            elif isinstance(member, list):
                waiting.append(list(member))
                held[place] = waiting[-1]  # type: ignore[index]
            elif isinstance(member, dict):
                waiting.append({clean(key): each for key, each in member.items()})
                held[place] = waiting[-1]  # type: ignore[index]
    return top[0]


def _with_words(content: Content, clean: Callable[[str], str | None]) -> Content:
    """A content in which what the reward and its judges said is cleaned."""

    def reason(text: str | None) -> str | None:
        return None if text is None else clean(text)

    result = content.result
    components = {
        name: replace(each, reason=reason(each.reason)) for name, each in (result.components or {}).items()
    }
    verdicts = [replace(verdict, reason=reason(verdict.reason)) for verdict in result.verdicts or ()]
    detail = reason(result.detail)
    return replace(
        content,
        result=replace(result, detail=detail, components=components, verdicts=verdicts),
        calls=[replace(call, reply=clean(call.reply) or "") for call in content.calls],
    )
