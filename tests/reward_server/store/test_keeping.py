"""What is kept of texts: nothing that is not to be may be anywhere in the file."""

from pathlib import Path

import pytest

from judges.call import Call
from reward_server.engine.row import rows
from reward_server.store.content import cleaned_json
from reward_server.store.entry import Entry, entry
from reward_server.store.keeping import Everything, Numbers, Redacted, keeping
from reward_server.store.options import StoreOptions
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Json, Message, Rollout
from rubrics.verdict import Verdict
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import TIMING, opened, two, writer_of

SECRET = "s3cr3t-words"


def telling() -> Entry:
    """A request that says the secret in every place that a trainer, a policy or a judge writes."""
    verdict = Verdict(criterion="c", value=1.0, choice="met", reason=f"as {SECRET} says")
    outcomes: dict[str, list[Outcome]] = {
        "a": [Score(1.0, f"found {SECRET}", (verdict,)), Unscored(Cause.JUDGE_TIMEOUT, f"no {SECRET}")],
        "b": [Score(0.5), Score(0.5)],
    }
    rollouts: list[Rollout] = [
        rollout_of(
            f"r{n}",
            f"I say {SECRET}",
            prompt=prompt,
            ground_truth={"label": SECRET, SECRET: [SECRET, 1]},
            metadata={SECRET: {"deep": [SECRET]}},
        )
        for n, prompt in enumerate((f"Q {SECRET}", [Message("user", SECRET, SECRET)]))
    ]
    call = Call(
        name="r0/c", how="called", started=0.0, digest=b"x" * 16, judge="j", text=f"yes {SECRET}", seconds=2.0
    )
    made = rows(two(), Group("g", rollouts), outcomes)
    return entry(two(), made, [call], TIMING, Origin(None, "r", 1))


def kept(path: Path, keeping: Everything | Numbers | Redacted) -> bytes:
    """Everything in the file and its log."""
    writer = writer_of(path, keeping)
    writer.store([telling()])
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    writer.settle()
    writer.close()
    return content + path.read_bytes()


def test_everything_is_kept_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert SECRET.encode() in kept(path, Everything())
    with opened(path) as store:
        first, second = (store.rollout(row.id) for row in store.step_rows(1, 1))
    assert first.prompt == f"Q {SECRET}"
    assert second.prompt == [Message("user", SECRET, SECRET)]
    assert first.content.ground_truth == {"label": SECRET, SECRET: [SECRET, 1]}
    assert first.content.calls[0].reply == f"yes {SECRET}"
    assert first.content.calls[0].question == "c"
    assert second.content.result.detail is not None


def test_no_text_is_anywhere_in_the_file_and_the_numbers_are(tmp_path: Path) -> None:
    path = tmp_path / "s"
    content = kept(path, Numbers())
    assert SECRET.encode() not in content
    assert b"I say" not in content
    with opened(path) as store:
        rows = store.step_rows(1, 1)
        first, second = (store.rollout(row.id) for row in rows)
    assert (first.prompt, first.content.completion, first.content.ground_truth) == (None, None, None)
    assert rows[0].values[:2] == (1.0, 0.5)
    assert rows[0].words == 3
    assert (second.content.result.cause, second.content.result.detail) == ("judge_timeout", None)
    assert first.content.result.verdicts is not None
    assert first.content.result.verdicts[0].value == 1.0
    assert first.content.result.verdicts[0].reason is None
    assert (first.content.calls[0].reply, first.content.calls[0].seconds) == ("", 2.0)


def test_what_a_pattern_matches_is_nowhere_in_the_file_and_the_rest_is(tmp_path: Path) -> None:
    path = tmp_path / "s"
    options = StoreOptions(path=path, redact=(r"s\dcr\dt-\w+", "no match"))
    content = kept(path, keeping(options))  # type: ignore[arg-type]
    assert SECRET.encode() not in content
    with opened(path) as store:
        first, second = (store.rollout(row.id) for row in store.step_rows(1, 1))
    assert first.content.completion == "I say [redacted]"
    assert first.content.ground_truth == {"label": "[redacted]", "[redacted]": ["[redacted]", 1]}
    assert first.content.metadata == {"[redacted]": {"deep": ["[redacted]"]}}
    assert first.prompt == "Q [redacted]"
    assert second.prompt == [Message("user", "[redacted]", "[redacted]")]
    assert second.content.result.components is not None
    assert second.content.result.components["a"].reason == "no [redacted]"


def test_what_is_nested_as_deep_as_can_be_sent_is_redacted() -> None:
    deep: Json = SECRET
    for _ in range(2_000):
        deep = {SECRET: [deep]}
    found = cleaned_json(deep, lambda text: text.replace(SECRET, "-"))
    for _ in range(2_000):
        assert isinstance(found, dict)
        (found,) = found["-"]
    assert found == "-"


def test_a_broken_pattern_is_refused_and_named() -> None:
    with pytest.raises(ConfigError, match=r"--redact '\(' is no RE2 pattern"):
        keeping(StoreOptions(path=Path("s"), redact=("(",)))


def test_redacting_is_linear() -> None:
    options = StoreOptions(path=Path("s"), redact=(r"(a+)+$", r"(\w+\s?)*$"))
    made = keeping(options)
    assert made.prompt("a" * 200_000 + "!") is not None


def test_a_broken_character_does_not_keep_the_rest_from_being_redacted() -> None:
    made = keeping(StoreOptions(path=Path("s"), redact=("secret",)))
    assert made.prompt("\ud800 secret") == b'"? [redacted]"'
