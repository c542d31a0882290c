"""Well-formed completions without a verdict: what a model, not a network, gets wrong."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import Json, alternatives, completion, encode, position
from tests.judges.faults.server import Call
from tests.judges.faults.truth import chance

UNUSABLE = (Cause.JUDGE_GARBLED, Cause.CONTENT_BREAKS_JUDGE)
"""On healthy judges it is the text's fault; on one that does nothing else, the judge's."""
DECLINED = (Cause.JUDGE_REFUSED, Cause.CONTENT_BREAKS_JUDGE)


def says(call: Call, *, tokens: Mapping[str, float], text: str | None = None) -> None:
    """Answer with these tokens and probabilities; the first is the text unless there is another."""
    found = completion(call)
    first = found["choices"][0]
    first["message"]["content"] = next(iter(tokens)) if text is None else text
    first["logprobs"] = {"content": [position(list(tokens.items()))]}
    call.respond(encode(found))


SAYINGS: dict[str, dict[str, float]] = {
    "exclamation_marks": {"!!!!": 0.97, "!": 0.02},
    "babble": {"blorf": 0.3, "wug": 0.3, "zint": 0.3},
    "blank": {" ": 0.9, "\n": 0.05},
    "empty_token": {"": 0.99},
    "thinking": {"<think>": 0.999},
    "end_of_text": {"<|im_end|>": 0.99},
    "both_words": {"yes/no": 0.9},
    "a_letter": {"y": 0.9, "n": 0.1},
    "a_number": {"1": 0.9, "0": 0.1},
    "another_language": {"ja": 0.9, "nein": 0.1},
    "words_within_words": {"yesterday": 0.6, "nothing": 0.4},
    "letters_that_only_look_like_it": {"ye\u0455": 0.6, "n\u043e": 0.4},
}

for _name, _tokens in SAYINGS.items():
    mode(*UNUSABLE, name=f"says_{_name}")(partial(says, tokens=_tokens))


@mode(Cause.JUDGE_ABSTAINED, final=True)
def abstains(call: Call) -> None:
    says(call, tokens={"Hmm": 0.55, "yes": 0.35, "no": 0.05})


@mode(Cause.JUDGE_ABSTAINED, final=True)
def abstains_but_writes_yes(call: Call) -> None:
    says(call, tokens={"yes": 0.3, "Well": 0.3, "It": 0.3}, text="yes")


@mode(*UNUSABLE)
def probabilities_above_one(call: Call) -> None:
    says(call, tokens={"yes": 1.5, "no": 0.1})


@mode(*UNUSABLE)
def probabilities_that_sum_to_more(call: Call) -> None:
    says(call, tokens={"yes": 0.9, "no": 0.9})


@mode(*UNUSABLE)
def one_token_many_times(call: Call) -> None:
    found = completion(call)
    found["choices"][0]["logprobs"] = {"content": [position([("yes", 0.6)] * 20)]}
    call.respond(encode(found))


@mode(*UNUSABLE)
def nothing_is_possible(call: Call) -> None:
    found = completion(call)
    for entry in found["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
        entry["logprob"] = -9999.0
    call.respond(encode(found))


def without(call: Call, *, logprobs: Any) -> None:
    """The right word, but this in place of the log-probabilities that were asked for."""
    found = completion(call)
    found["choices"][0]["logprobs"] = logprobs
    call.respond(encode(found))


_NO_LOGPROBS: dict[str, Any] = {
    "null": None,
    "object_empty": {},
    "content_null": {"content": None},
    "content_empty": {"content": []},
    "top_empty": {"content": [{"token": "yes", "logprob": -0.1, "top_logprobs": []}]},
}
for _name, _logprobs in _NO_LOGPROBS.items():
    mode(*UNUSABLE, name=f"logprobs_{_name}")(partial(without, logprobs=_logprobs))


def message(call: Call, *, content: str | None, reason: str = "stop", **other: object) -> None:
    """This message and no log-probabilities."""
    found = completion(call)
    first: Json = found["choices"][0]
    first |= {"logprobs": None, "finish_reason": reason}
    first["message"] |= {"content": content, **other}
    call.respond(encode(found))


for _name, _content in {
    "null": None,
    "empty": "",
    "exclamation_marks": "!!!!",
    "explained": "yes, because the text says so",
    "both": "yes no",
    "an_echo": "Answer with exactly one of: yes, no.",
    "a_negation": "not yes",
    "json_twice": '{"verdict": "yes"}{"verdict": "no"}',
    "json_doubled": '{"verdict": "no", "verdict": "yes"}',
    "nul": "yes\x00no",
}.items():
    mode(*UNUSABLE, name=f"content_{_name}")(partial(message, content=_content))


@mode(*UNUSABLE)
def cut_short(call: Call) -> None:
    message(call, content="Let me think about", reason="length")


@mode(*UNUSABLE)
def tool_calls(call: Call) -> None:
    tools = [{"id": "1", "type": "function", "function": {"name": "yes", "arguments": "{}"}}]
    message(call, content=None, reason="tool_calls", tool_calls=tools)


@mode(*UNUSABLE)
def only_reasoning(call: Call) -> None:
    message(call, content=None, reason="length", reasoning_content="yes")


@mode(*UNUSABLE)
def lone_surrogates(call: Call) -> None:
    found = encode(completion(call)).replace(b'"yes"', b'"\\ud83d"').replace(b'"no"', b'"\\udc00"')
    call.respond(found.replace(b'" Yes"', b'"\\ud800yes"').replace(b'" No"', b'"\\udfffno"'))


@mode(*DECLINED)
def refuses(call: Call) -> None:
    message(call, content=None, refusal="I can't help with that.")


@mode(*DECLINED)
def refuses_with_the_truth(call: Call) -> None:
    found = completion(call)
    found["choices"][0]["message"]["refusal"] = "I can't help with that, but yes."
    call.respond(encode(found))


@mode(*DECLINED)
def refuses_at_length(call: Call) -> None:
    message(call, content=None, refusal="\x1b[2Jno" * 20_000)


@mode(*DECLINED)
def content_filter(call: Call) -> None:
    message(call, content="yes", reason="content_filter")


@mode()
def many_spellings(call: Call) -> None:
    """Spread the truth over spellings that a tokenizer may have."""
    likely = 0.98 * chance(call.key)
    rest = 0.98 - likely
    yes = {"yes": 0.4, " yes": 0.2, "Yes": 0.2, "\u0120YES": 0.1, "\u2581yes": 0.06, '"yes': 0.04}
    no = {"no": 0.5, " No": 0.3, "NO.": 0.2}
    tokens = {token: likely * share for token, share in yes.items()}
    says(call, tokens=tokens | {token: rest * share for token, share in no.items()}, text="No")


@mode()
def cut_after_its_token(call: Call) -> None:
    found = completion(call)
    found["choices"][0]["finish_reason"] = "length"
    call.respond(encode(found))


@mode()
def null_content_beside_logprobs(call: Call) -> None:
    found = completion(call)
    found["choices"][0]["message"]["content"] = None
    call.respond(encode(found))


@mode()
def more_tokens_than_one(call: Call) -> None:
    found = completion(call)
    more = position(alternatives(0.01))
    found["choices"][0]["logprobs"]["content"] += [more] * 200
    call.respond(encode(found))


@mode()
def minus_zero(call: Call) -> None:
    found = encode(completion(call))
    call.respond(found.replace(b'"completion_tokens":1', b'"completion_tokens":-0'))
