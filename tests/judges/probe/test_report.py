"""What is said about findings, and that the lines to paste are those of a judge."""

import pytest
from msgspec.structs import replace

from judges.backends.openai import Openai
from judges.probe.capability import Capabilities
from judges.probe.report import facts, notes, settings, yaml
from rubrics.document import parse

GOOD = Capabilities(
    logprobs=20,
    choice=True,
    json=True,
    echoes=True,
    usage=True,
    repeated=1250,
    cached=1184,
    chances=(0.98, 0.6),
    seconds=0.0349,
)
OPTIONS = Openai.model_validate({"base_url": "http://h:1/v1", "model": "Qwen/Qwen3-8B"})


def test_everything_that_was_found_is_said() -> None:
    assert dict(facts(GOOD)) == {
        "log-probabilities": "20 alternatives a token",
        "structured choice": "obeyed",
        "JSON schema": "obeyed",
        "names its calls": "yes",
        "counts tokens": "yes",
        "prefix cache": "1,184 of 1,250 tokens of a text seen before",
        "canaries": "right (0.98), right (0.60)",
        "fastest reply": "35 ms",
        "verdicts as": "one token, with probabilities",
    }


def test_what_was_not_found_is_said_too() -> None:
    found = dict(facts(Capabilities(choice=False, chances=(None, 0.3))))
    assert found["log-probabilities"] == "none"
    assert found["structured choice"] == "not served, or ignored"
    assert found["JSON schema"] == "not asked"
    assert found["prefix cache"] == "not known"
    assert found["canaries"] == "no verdict, WRONG (0.30)"
    assert found["verdicts as"].startswith("bare words")


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (GOOD, "layout: listed"),
        (replace(GOOD, thinks=True), "thinks"),
        (replace(GOOD, logprobs=0), "coarser"),
        (replace(GOOD, logprobs=4), "first 4 alternatives"),
        (replace(GOOD, chances=(0.9, 0.5)), "plain question wrong"),
        (replace(GOOD, chances=(None, 0.9)), "plain question wrong"),
        (replace(GOOD, echoes=False), "one call only"),
        (replace(GOOD, cached=0), "No prefix cache"),
    ],
)
def test_what_matters_has_a_note(found: Capabilities, word: str) -> None:
    assert sum(word in note for note in notes(found)) == 1
    assert word == "layout: listed" or not any(word in note for note in notes(GOOD))


@pytest.mark.parametrize("model", ["Qwen/Qwen3-8B", "null", "yes", "1.10", "a: b", 'quo"te', "# x", "ünï"])
def test_the_lines_to_paste_are_the_judge_that_was_found(model: str) -> None:
    body = {"chat_template_kwargs": {"enable_thinking": False}}
    options = OPTIONS.model_copy(update={"model": model, "top_logprobs": 5, "extra_body": body})
    data = parse(yaml(settings(options, GOOD))).data
    assert data == {
        "judges": {
            "default": {
                "use": "openai",
                "base_url": "http://h:1/v1",
                "model": model,
                "top_logprobs": 5,
                "extra_body": body,
                "verdict": "token",
            }
        }
    }
    entry = data["judges"]["default"]
    del entry["use"]
    assert Openai.model_validate(entry) == options.model_copy(update={"verdict": "token"})


def test_only_what_differs_from_the_defaults_is_to_be_pasted() -> None:
    assert yaml(settings(OPTIONS, Capabilities(choice=True))) == (
        "judges:\n"
        "  default:\n"
        "    use: openai\n"
        '    base_url: "http://h:1/v1"\n'
        '    model: "Qwen/Qwen3-8B"\n'
        "    verdict: choice"
    )
