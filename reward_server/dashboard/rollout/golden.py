"""A rollout as a golden test (docs/rubric-test.md): what was found of it, for a human to correct."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from reward_server.store.reading import StoredRollout
from rubrics.layout import Layout
from rubrics.rollout import Json, Turns
from rubrics.strict_yaml import MAX_DEPTH
from rubrics.verdict import ABSTAINED, MET, SKIPPED, UNMET, Verdict

_DEEPEST = MAX_DEPTH - 10
_GREATEST = 2**63
"""Whole numbers from here on are none in our YAML."""
_PLAIN = frozenset({MET, UNMET, SKIPPED})
_SPECIAL = re.compile(r'["\\]|[^\x20-\x7e]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}

HEAD = """\
# What the judge found. Read the completion before you keep it: correct what the judge got wrong, and drop
# what does not matter. Where it was fooled, verdicts kept unread make the hack what every later test wants.
# Run it: gavel rubric test RUBRIC.yaml --goldens FILE.yaml --reward REWARD.yaml --allow-missing"""
EMPTY = "# Nothing was found of it: say what should have been."


def golden(stored: StoredRollout, layout: Layout, criteria: Sequence[str] | None = None) -> str | None:
    """A golden file with one case; None where the store keeps no texts.

    `criteria` are those of the rubric that it is for; None takes all that the rollout has verdicts on.
    """
    content = stored.content
    if content.completion is None:
        return None
    verdicts = [v for v in content.result.verdicts or () if criteria is None or v.criterion in criteria]
    return "\n".join([*_head(layout), *_case(stored, content.completion), *_expected(verdicts), ""])


def _head(layout: Layout) -> Iterator[str]:
    yield HEAD
    yield "schema: goldens/v1"
    declared = layout.model_dump(mode="json", by_alias=True, exclude_none=True)
    if declared:
        yield f"completion: {flow(declared)}"


def _case(stored: StoredRollout, completion: str) -> Iterator[str]:
    yield "cases:"
    yield f"  - id: rollout-{stored.number}"
    given = {
        "prompt": _messages(stored.prompt),
        "metadata": dict(stored.content.metadata) or None,
        "ground_truth": stored.content.ground_truth,
    }
    for key, value in given.items():
        if value is not None:
            yield (
                f"    {key}: {flow(value)}" if _fits(value) else f"    # {key} is nested too deeply for YAML"
            )
    yield f"    completion: {quoted(completion)}"


def _expected(verdicts: Sequence[Verdict]) -> Iterator[str]:
    found = [verdict for verdict in verdicts if verdict.choice not in (None, ABSTAINED)]
    if not found:
        yield f"    {EMPTY}"
        yield "    expect: {}"
        return
    yield "    expect:"
    for verdict in found:
        choice = str(verdict.choice)
        yield f"      {verdict.criterion}: {choice if choice in _PLAIN else quoted(choice)}"


def _messages(prompt: Turns | None) -> Json:
    """A prompt as goldens take it: of a message, who speaks and the text."""
    if prompt is None or isinstance(prompt, str):
        return prompt
    return [{"role": message.role, "content": message.text} for message in prompt]


def _fits(value: Json, left: int = _DEEPEST) -> bool:
    if left == 0:
        return False
    members = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return all(_fits(member, left - 1) for member in members)


def flow(value: Json) -> str:
    """A JSON value in YAML's flow style, without keys that are empty, which our YAML has not."""
    if isinstance(value, Mapping):
        members = (f"{quoted(str(key))}: {flow(member)}" for key, member in value.items() if key != "")
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    fits = isfinite(value) if isinstance(value, float) else isinstance(value, int) and abs(value) < _GREATEST
    return repr(value) if fits else quoted(str(value))


def quoted(text: str) -> str:
    """A text as a YAML scalar on one line: what cannot be seen stands there as its number."""
    return '"' + _SPECIAL.sub(lambda found: _escaped(found[0]), text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"  # YAML has no lone surrogates
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
