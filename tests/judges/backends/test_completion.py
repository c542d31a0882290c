"""Chat completions read strictly: each verdict has one source, or there is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.backends import completion as reading
from judges.backends.completion import Completion, read
from judges.request import Reply, Usage
from tests.judges.raw_server import completion

PLAIN = completion("7")
VLLM = (
    b'{"id":"chatcmpl-7","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"yes","refusal":null,"annotations":null,"tool_calls":[],"reasoning":null},'
    b'"logprobs":{"content":[{"token":"yes","logprob":-0.1,"bytes":[121,101,115],"top_logprobs":'
    b'[{"token":"yes","logprob":-0.1,"bytes":[121,101,115]},{"token":"\xc4\xa0no","logprob":-2.4,"bytes":[]}]}]},'
    b'"finish_reason":"length","stop_reason":null,"token_ids":null}],"service_tier":null,"usage":{"prompt_tokens":9,'
    b'"total_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":8}},"prompt_logprobs":null}'
)


def is_plain(body: bytes) -> bool:
    return reading.is_plain(body, reading._DECODER.decode(body).choices[0])


def test_an_engines_own_reply_is_read_on_the_fast_path() -> None:
    assert is_plain(VLLM)
    assert is_plain(PLAIN)
    alternatives = [("yes", -0.1), ("\u0120no", -2.4)]
    assert read(VLLM).reply() == Reply("yes", alternatives, "m", Usage(9, 8, 1), truncated=True)


@pytest.mark.parametrize(("said", "counted"), [(-1, 0), (-(2**60), 0), (2**200, 2**40), (7, 7)])
def test_token_counts_can_be_summed_whatever_the_judge_says(said: int, counted: int) -> None:
    body = VLLM.replace(b'"prompt_tokens":9', b'"prompt_tokens":%d' % said)
    body = body.replace(b'"completion_tokens":1', b'"completion_tokens":%d' % said)
    body = body.replace(b'"cached_tokens":8', b'"cached_tokens":%d' % said)
    assert read(body).reply().usage == Usage(counted, counted, counted)


def test_what_is_only_unusual_is_read_as_well() -> None:
    for old, new in [
        (b'"token":"yes"', b'"token":"choices"'),
        (b'"content":"yes"', b'"content":"token"'),
        (b'"content":"yes"', b'"content":"\\u0079es"'),
        (b'"refusal":null', b'"refusal":null,"extra":{"message":1,"id":2,"content":3}'),
        (b'"model"', b'"m\\u006fdel"'),
    ]:
        body = VLLM.replace(old, new, 1)
        assert not is_plain(body)
        assert read(body).reply().alternatives is not None


DOUBLED = [
    (b'"choices":[', b'"choices":[],"choices":['),
    (b'"choices":[', b'"choices" :[], "choices":['),
    (b'"choices":[', b'"ch\\u006fices":[],"choices":['),
    (b'"choices":[', b'"\\u0063hoices":[],"choices":['),
    (b'"message":', b'"message":{"content":"no"},"message":'),
    (b'"content":"yes"', b'"content":"no","content":"yes"'),
    (b'"content":"yes"', b'"content":"yes","c\\u006Fntent":"no"'),
    (b'"content":[', b'"content":[],"content":['),
    (b'"logprobs":', b'"logprobs":null,"logprobs":'),
    (b'"top_logprobs":[', b'"top_logprobs":[],"top_logprobs":['),
    (b'"top_logprobs":[', b'"top\\u005flogprobs":[],"top_logprobs":['),
    (b'{"token":"yes","logprob":-0.1,"bytes":[121,101,115]}', b'{"token":"yes","token":"no","logprob":-0.1}'),
    (b'"logprob":-2.4', b'"logprob":-2.4,"logprob":-0.1'),
    (b'"finish_reason"', b'"finish_reason":"stop","finish_reason"'),
    (b'"refusal":null', b'"refusal":"I will not","refusal":null'),
    (b'"id":"chatcmpl-7"', b'"id":"chatcmpl-8","id":"chatcmpl-7"'),
]


@pytest.mark.parametrize(("once", "twice"), DOUBLED)
def test_p06_a_key_that_stands_twice_is_no_answer(once: bytes, twice: bytes) -> None:
    assert once in VLLM
    body = VLLM.replace(once, twice, 1)
    assert isinstance(reading._DECODER.decode(body), Completion)  # only strictness is in the way
    with pytest.raises(ValueError, match="same key twice"):
        read(body)


def test_p06_a_key_that_takes_the_place_of_a_missing_one_is_no_answer() -> None:
    """A count alone would be right: one message without content, one list of log-probabilities too many."""
    body = VLLM.replace(b'"content":"yes",', b"", 1).replace(b'"content":[', b'"content":[],"content":[', 1)
    with pytest.raises(ValueError, match="same key twice"):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"\xef\xbb\xbf" + VLLM,
        VLLM + VLLM,
        VLLM + b"x",
        VLLM + b"\0",
        VLLM[:-1],
        VLLM.replace(b"-0.1", b"NaN"),
        VLLM.replace(b"-0.1", b"-Infinity"),
        VLLM.replace(b"-0.1", b"1e999"),
        VLLM.replace(b"-0.1", b"-" + b"9" * 400),
        VLLM.replace(b"-0.1", b"true"),
        VLLM.replace(b"-0.1", b'"-0.1"'),
        VLLM.replace(b"-0.1", b"null"),
        VLLM.replace(b'"content":"yes"', b'"content":"\\ud800"'),
        VLLM.replace(b'"content":"yes"', b'"content":"\xff"'),
        VLLM.replace(b'"content":"yes"', b'"content":["yes"]'),
        VLLM.replace(b'"content":"yes"', b'"content":{"text":"yes"}'),
        VLLM.replace(b'"content":"yes"', b'"content":1'),
        VLLM.replace(b'"message":{', b'"message":[{').replace(b"null},", b"null}],", 1),
        VLLM.replace(b'"choices":[', b'"choices":[[').replace(b'"token_ids":null}]', b'"token_ids":null}]]'),
        VLLM.replace(b'"id":"chatcmpl-7"', b'"id":7'),
        VLLM.replace(b'"stop_reason":null', b'"stop_reason":' + b"[" * 100_000 + b"]" * 100_000),
        VLLM.replace(b'"stop_reason":null', b'"stop_reason":NaN'),
    ],
)
def test_p01_what_is_not_one_well_formed_completion_is_no_answer(body: bytes) -> None:
    assert body != VLLM
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        read(body)


_KEYS = ["choices", "message", "content", "logprobs", "token", "logprob", "top_logprobs", "id", "x"]
_spelt = st.sampled_from(_KEYS).map(lambda key: f'"{key}"') | st.sampled_from(_KEYS).map(
    lambda key: f'"\\u{ord(key[0]):04x}{key[1:]}"'
)


@given(
    st.lists(st.tuples(_spelt, st.sampled_from(["1", '"content"', "[]", '{"x": 1}'])), min_size=1, max_size=4)
)
def test_p06_no_message_with_a_doubled_key_ever_passes(members: list[tuple[str, str]]) -> None:
    """Whatever else is in it: nothing gets past the fast path that the strict parser would refuse."""
    inside = ", ".join(f"{key} : {value}" for key, value in members)
    body = f'{{"choices": [{{"message": {{"role": "a", {inside}}}}}]}}'.encode()
    try:
        read(body)
    except ValueError:
        return
    keys = [json.loads(key) for key, _ in members]
    mattering = [key for key in keys if key != "x"]
    assert len(set(mattering)) == len(mattering)
