"""Messages and their content as OpenAI's APIs write them: texts, lists of parts, items of many kinds."""

from collections.abc import Sequence

from rubrics.rollout import Json, Message

_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text"})


def text_of(content: Json) -> str:
    """The text of a content: itself, or that of its parts."""
    if isinstance(content, str):
        return content
    return "".join(_part(part) for part in content) if isinstance(content, list) else ""


def _part(part: Json) -> str:
    if not isinstance(part, dict):
        return ""
    text = part.get("refusal") if part.get("type") == "refusal" else part.get("text")
    known = part.get("type") in _TEXTS or part.get("type") == "refusal"
    return text if known and isinstance(text, str) else ""


def messages_of(items: Sequence[Json]) -> list[Message]:
    """Those of the items that are messages, each with its role."""
    return [
        Message(item["role"], text_of(item.get("content")))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("role"), str)
    ]


def spoken(items: Sequence[Json]) -> list[Message]:
    """What the policy said in the output of a response: its messages, each with the reasoning before it.

    Always at least one message: who says nothing has said the empty text. Tool calls and their results are
    left out.
    """
    said: list[Message] = []
    reasoning = ""
    for item in items:
        if not isinstance(item, dict):
            continue
        if item.get("type") == "reasoning":
            reasoning += text_of(item.get("content")) or text_of(item.get("summary"))
        elif item.get("type", "message") == "message" and item.get("role", "assistant") == "assistant":
            said.append(Message("assistant", text_of(item.get("content")), reasoning or None))
            reasoning = ""
    if reasoning or not said:
        said.append(Message("assistant", "", reasoning or None))
    return said
