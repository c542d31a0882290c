"""Whole responses under the right id whose JSON is not one chat completion."""

from functools import partial
from typing import Any

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import completion, encode, lie, truth_of
from tests.judges.faults.server import Call

GARBLED = Cause.JUDGE_GARBLED

NOT_A_COMPLETION = {
    "empty_body": b"",
    "blank_body": b" \r\n\t ",
    "null": b"null",
    "number": b"1",
    "text": b"yes",
    "quoted_text": b'"yes"',
    "list": b"[]",
    "nothing_in_it": b"{}",
    "bare_verdict": b'{"verdict": "yes"}',
    "error_object": b'{"error": {"message": "overloaded", "code": 503}}',
    "html": b"<html><head><title>502 Bad Gateway</title></head><body>yes</body></html>",
    "event_stream": b'data: {"choices": [{"delta": {"content": "yes"}}]}\n\ndata: [DONE]\n\n',
    "nested_lists": b"[" * 500_000,
    "nested_objects": b'{"choices":' * 90_000,
    "nul_bytes": bytes(1000),
    "invalid_utf_8": b'{"choices": "\xff\xfe\xfa"}',
}

for _name, _content in NOT_A_COMPLETION.items():

    @mode(GARBLED, Cause.JUDGE_MISMATCHED, name=f"body_{_name}")
    def _constant(call: Call, content: bytes = _content) -> None:
        call.respond(content)


@mode(GARBLED)
def html_by_type(call: Call) -> None:
    call.respond(NOT_A_COMPLETION["html"], Content_Type="text/html")


@mode(GARBLED)
def truncated_json(call: Call) -> None:
    content = truth_of(call)
    call.respond(content[: len(content) * 2 // 3])


@mode(GARBLED)
def one_brace_short(call: Call) -> None:
    call.respond(truth_of(call)[:-1])


@mode(GARBLED)
def two_objects(call: Call) -> None:
    call.respond(truth_of(call) + truth_of(call))


@mode(GARBLED)
def two_objects_on_two_lines(call: Call) -> None:
    call.respond(truth_of(call) + b"\n" + encode(lie(call)))


@mode(GARBLED)
def trailing_bytes(call: Call) -> None:
    call.respond(truth_of(call) + b"\n;")


@mode(GARBLED)
def leading_bytes(call: Call) -> None:
    call.respond(b")]}'\n" + truth_of(call))


@mode(GARBLED)
def byte_order_mark(call: Call) -> None:
    call.respond(b"\xef\xbb\xbf" + truth_of(call))


@mode(GARBLED)
def utf_16(call: Call) -> None:
    call.respond(truth_of(call).decode().encode("utf-16"))


@mode(GARBLED)
def single_quotes(call: Call) -> None:
    call.respond(truth_of(call).replace(b'"', b"'"))


@mode(GARBLED)
def trailing_comma(call: Call) -> None:
    call.respond(truth_of(call)[:-1] + b",}")


@mode(GARBLED)
def comment(call: Call) -> None:
    call.respond(b"/* yes */" + truth_of(call))


def doubled(call: Call, *, key: str) -> None:
    """Say `key` twice: the lie, then the truth."""
    told, meant = encode(lie(call)), completion(call)
    mark = b'"%b":' % key.encode()
    value = encode(_find(meant, key))
    at = told.index(mark)
    call.respond(told[:at] + mark + value + b"," + told[at:])


def _find(node: object, key: str) -> object:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and key in node:
        return node[key]
    return next((found for found in (_find(child, key) for child in children) if found is not None), None)


for _key in ("choices", "message", "logprobs", "top_logprobs"):
    mode(GARBLED, name=f"doubled_{_key}")(partial(doubled, key=_key))


@mode(GARBLED)
def doubled_token(call: Call) -> None:
    call.respond(truth_of(call).replace(b'"token":"yes"', b'"token":"no","token":"yes"'))


@mode(GARBLED)
def doubled_logprob(call: Call) -> None:
    call.respond(truth_of(call).replace(b'"logprob":', b'"logprob":0.0,"logprob":'))


@mode(GARBLED)
def doubled_by_an_escape(call: Call) -> None:
    """The same key in another spelling."""
    told = encode(lie(call)["choices"])
    call.respond(truth_of(call).replace(b'"choices":', b'"choic\\u0065s":' + told + b',"choices":'))


@mode(GARBLED, Cause.JUDGE_MISMATCHED)
def doubled_id(call: Call) -> None:
    call.respond(b'{"id":"chatcmpl-0",' + encode(lie(call))[1:])


def changed(call: Call, *, path: str, value: object) -> None:
    """The truth, with one value replaced, added or (`...`) left out."""
    found = completion(call)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    node: Any = found
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    call.respond(encode(found))


_ONE = "choices.0"
_FIRST = f"{_ONE}.logprobs.content.0.top_logprobs.0"
CHANGES: dict[str, tuple[str, object]] = {
    "choices_empty": ("choices", []),
    "choices_null": ("choices", None),
    "choices_missing": ("choices", ...),
    "choices_object": ("choices", {"0": {}}),
    "choices_text": ("choices", "yes"),
    "choice_null": (_ONE, None),
    "choice_text": (_ONE, "yes"),
    "choice_list": (_ONE, []),
    "message_null": (f"{_ONE}.message", None),
    "message_missing": (f"{_ONE}.message", ...),
    "message_text": (f"{_ONE}.message", "yes"),
    "message_list": (f"{_ONE}.message", ["yes"]),
    "content_number": (f"{_ONE}.message.content", 1),
    "content_true": (f"{_ONE}.message.content", True),
    "content_list": (f"{_ONE}.message.content", [{"type": "text", "text": "yes"}]),
    "content_object": (f"{_ONE}.message.content", {"verdict": "yes"}),
    "refusal_number": (f"{_ONE}.message.refusal", 7),
    "finish_reason_object": (f"{_ONE}.finish_reason", {}),
    "logprobs_list": (f"{_ONE}.logprobs", []),
    "logprobs_text": (f"{_ONE}.logprobs", "none"),
    "logprobs_content_object": (f"{_ONE}.logprobs.content", {}),
    "logprobs_content_null_in_it": (f"{_ONE}.logprobs.content.0", None),
    "top_logprobs_null": (f"{_ONE}.logprobs.content.0.top_logprobs", None),
    "top_logprobs_object": (f"{_ONE}.logprobs.content.0.top_logprobs", {"yes": -0.1}),
    "token_null": (f"{_FIRST}.token", None),
    "token_number": (f"{_FIRST}.token", 1),
    "token_missing": (f"{_FIRST}.token", ...),
    "logprob_null": (f"{_FIRST}.logprob", None),
    "logprob_text": (f"{_FIRST}.logprob", "-0.1"),
    "logprob_true": (f"{_FIRST}.logprob", True),
    "logprob_list": (f"{_FIRST}.logprob", [-0.1]),
    "logprob_missing": (f"{_FIRST}.logprob", ...),
    "id_number": ("id", 7),
    "id_object": ("id", {}),
    "model_number": ("model", 7),
    "usage_text": ("usage", "some"),
    "usage_list": ("usage", [1, 2]),
    "usage_prompt_text": ("usage.prompt_tokens", "40"),
}

for _name, (_path, _value) in CHANGES.items():
    mode(GARBLED, name=_name)(partial(changed, path=_path, value=_value))


@mode(GARBLED)
def two_choices(call: Call) -> None:
    found = completion(call)
    found["choices"] += lie(call)["choices"]
    call.respond(encode(found))


NOT_NUMBERS = {
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "overflowing": b"-1e999",
    "of_many_digits": b"-" + b"9" * 5000,
    "bare_minus": b"-",
    "leading_zeros": b"-007",
    "hexadecimal": b"-0x1p3",
}

for _name, _number in NOT_NUMBERS.items():

    @mode(GARBLED, name=f"logprob_{_name}")
    def _odd_number(call: Call, number: bytes = _number) -> None:
        call.respond(with_logprob(call, number))


def with_logprob(call: Call, number: bytes) -> bytes:
    """The truth with these bytes in place of the most probable token's log-probability."""
    content = truth_of(call)
    start = content.index(b'"top_logprobs":')
    start = content.index(b'"logprob":', start) + len(b'"logprob":')
    end = content.index(b",", start)
    return content[:start] + number + content[end:]


@mode(GARBLED, or_truth=True)
def nested_in_an_unknown_field(call: Call) -> None:
    call.respond(truth_of(call)[:-1] + b',"more":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


@mode(GARBLED)
def too_long_by_padding(call: Call) -> None:
    call.respond(truth_of(call) + b" " * 2**20)


@mode(GARBLED, or_truth=True)
def usage_huge(call: Call) -> None:
    changed(call, path="usage.prompt_tokens", value=2**200)


@mode(GARBLED, or_truth=True)
def usage_negative(call: Call) -> None:
    changed(call, path="usage.completion_tokens", value=-(2**60))


@mode()
def unknown_fields_everywhere(call: Call) -> None:
    found = completion(call, service_tier="x", kv_transfer_params=None, prompt_logprobs=None)
    found["choices"][0] |= {"stop_reason": 151645, "token_ids": None, "matched_stop": 2}
    found["choices"][0]["message"] |= {"tool_calls": [], "reasoning": None, "audio": None}
    call.respond(encode(found))


@mode(GARBLED, or_truth=True)
def lone_surrogates_where_nobody_reads(call: Call) -> None:
    found = completion(call)
    found["choices"][0]["message"]["annotations"] = "MARK"
    call.respond(encode(found).replace(b'"MARK"', b'"\\ud83d \\udc00"'))


@mode()
def null_usage(call: Call) -> None:
    call.respond(encode(completion(call, usage=None)))


@mode()
def spaces_around(call: Call) -> None:
    call.respond(b"\n  " + truth_of(call) + b"  \n")


@mode()
def type_of_html(call: Call) -> None:
    call.respond(truth_of(call), Content_Type="text/html; charset=latin-1")
