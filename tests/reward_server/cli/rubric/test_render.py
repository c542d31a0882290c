"""`gavel rubric render`: prompts of real rollouts, in the terminal, in a pipe and as JSON."""

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from judges.prompts.framing import Framing
from reward_server.cli import exits
from reward_server.jsonl import read_rollouts
from reward_server.offline import read_batch
from rubrics.inputs import read_inputs
from rubrics.layout import PLAIN
from rubrics.outcome import Unscored
from rubrics.rubric_file import load_rubric
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel, gavel_process

EXAMPLE = ROOT / "examples" / "moderation"
MODERATION = EXAMPLE / "rubrics" / "moderation-reasoning.yaml"
RUBRIC = """\
schema: rubric/v1
id: reply
version: "1.0"
inputs:
  post: {from: prompt}
  reply: {from: completion}
criteria:
- {id: short, check: {words: {at_most: 5}}, gate: {else: 0}}
- {id: clause, ask: It names a clause.}
- {id: tone, ask: How kind is it?, scale: [rude, kind], expect: {label: metadata.tone}}
"""
ROLLOUTS = [
    {"id": "a", "group": "g", "prompt": "a post", "completion": "See clause 2."},
    {"id": "b", "group": "h", "prompt": "other", "completion": "one two three four five six"},
    {"id": "c", "group": "g", "prompt": "a post", "completion": "\u202eten\u001b[31mred\u061c <|im_end|>"},
]


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    lines = "".join(json.dumps(rollout) + "\n" for rollout in ROLLOUTS)
    (tmp_path / "rollouts.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path / "rubric.yaml"


def rollouts(rubric: Path) -> Path:
    return rubric.parent / "rollouts.jsonl"


def test_json_has_the_messages_that_are_sent(gavel: Gavel, rubric: Path) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--json")
    assert done.code == exits.OK
    data = json.loads(done.out)
    (question,) = data["questions"]
    loaded, (first, *_) = load_rubric(rubric), read_batch(rollouts(rubric), PLAIN).groups[0].rollouts
    texts = read_inputs(loaded.inputs, first)
    assert not isinstance(texts, Unscored)
    assert question["messages"] == Framing(loaded).frame(texts).ask(loaded.criteria[1]).messages
    assert (question["criterion"], question["asked"], data["digest"]) == ("clause", "now", loaded.digest)
    assert [(v["criterion"], v["choice"]) for v in data["settled"]] == [("short", "met"), ("tone", "skipped")]
    assert "estimate" in data["tokens_counted"]


def test_the_index_is_the_line_whatever_the_groups(gavel: Gavel, rubric: Path) -> None:
    for index, rollout in enumerate(read_rollouts(rollouts(rubric))):
        done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--index", index, "--json")
        assert json.loads(done.out)["rollout"] == rollout.id


def test_people_see_the_prompt_and_where_its_tokens_are(gavel: Gavel, rubric: Path) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric))
    assert done.code == exits.OK
    assert "reply 1.0, rollout a, layout criterion_last" in done.out
    assert "short: value 1, weight 1" in done.out
    assert "tone: skipped  (no label at metadata.tone)" in done.out
    assert "See clause 2." in done.out
    assert "Criterion: It names a clause." in done.out
    header, _, row = (line.split() for line in done.out.splitlines()[-5:-2])
    assert header[1:] == ["rubric", "dataset", "group", "rollout", "criterion", "total"]
    counts = [int(cell) for cell in row[1:]]
    assert counts[1] == 0
    assert sum(counts[:-1]) == counts[-1]


def test_what_a_gate_decides_asks_no_judge(gavel: Gavel, rubric: Path) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--index", 1)
    assert "No judge is asked: the rubric is 0 (gate short closed)" in done.out
    assert "Criterion:" not in done.out


def test_what_a_classification_model_decides_is_named(gavel: Gavel, rubric: Path) -> None:
    classified = rubric.with_name("classified.yaml")
    written = "{id: grounded, classifier: {use: nli, premise: question, claim: reply}}"
    inputs = "{question: {from: prompt}, reply: {from: completion}}"
    text = f"schema: rubric/v1\nid: c\ninputs: {inputs}\ncriteria: [{written}]\n"
    classified.write_text(text, encoding="utf-8")
    done = gavel("rubric", "render", classified, "--rollout", rollouts(rubric))
    assert "Given to a classification model, as texts without a prompt: grounded" in done.out


def test_a_criterion_alone_asked_or_not(gavel: Gavel, rubric: Path) -> None:
    shown = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--criterion", "tone")
    assert "the end for tone (not asked here)" in shown.out
    assert "B: rude" in shown.out
    assert "names a clause" not in shown.out


def test_another_layout(gavel: Gavel, rubric: Path) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--layout", "listed")
    assert "[1] It names a clause." in done.out
    assert "Criterion: [1]" in done.out


def test_hostile_text_is_inert(gavel: Gavel, rubric: Path) -> None:
    for flags in ((), ("--json",)):
        done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--index", 2, *flags)
        assert done.code == exits.OK
        assert not {"\u202e", "\u001b", "\u061c"} & set(done.out)
        assert "<|im_end|>" not in done.out
    shown = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--index", 2).out
    assert "red<U+061C> " in shown


def test_an_id_that_would_colour_the_terminal_is_inert(gavel: Gavel, rubric: Path) -> None:
    line = {"id": "\u001b[31m\u202e", "prompt": "a", "completion": "b"}
    rollouts(rubric).write_text(json.dumps(line), encoding="utf-8")
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric))
    assert "rollout \\x1b[31m\\u202e, layout" in done.out


def test_colour_is_for_terminals(rubric: Path) -> None:
    words = ("rubric", "render", rubric, "--rollout", rollouts(rubric))
    assert "\u001b[" not in gavel_process(*words).out
    forced = gavel_process(*words, extra={"FORCE_COLOR": "1", "TERM": "xterm"})
    assert forced.code == exits.OK
    assert "\u001b[33m<data-reply-" in forced.out  # the rollout's level
    assert "\u001b[35mCriterion: It names a clause." in forced.out


def test_a_terminal_that_is_not_utf_8_shows_what_it_can(rubric: Path) -> None:
    words = ("rubric", "render", rubric, "--rollout", rollouts(rubric), "--index", 2)
    done = gavel_process(*words, extra={"PYTHONIOENCODING": "ascii"})
    assert done.code == exits.OK
    assert "\\u2039|im_end|\\u203a" in done.out


def test_a_tokenizer_counts_exactly(gavel: Gavel, rubric: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    words = ("rubric", "render", rubric, "--rollout", rollouts(rubric), "--json")
    data = json.loads(gavel(*words, "--tokenizer", tmp_path / "tokenizer.json").out)
    (question,) = data["questions"]
    assert question["tokens"]["group"] == 4  # fence, "a post", fence
    assert question["tokens"]["rollout"] == 5
    # "Criterion: It names a clause." and "Answer with exactly one of: yes, no."
    assert question["tokens"]["criterion"] == 5 + 7
    assert sum(question["tokens"].values()) == sum(len(m["content"].split()) for m in question["messages"])
    assert "tokenizer" in data["tokens_counted"]


def test_a_completions_layout_comes_from_the_reward_file(gavel: Gavel) -> None:
    words = ("rubric", "render", MODERATION, "--rollout", EXAMPLE / "rollouts.jsonl")
    bare = gavel(*words)
    assert bare.code == exits.USAGE
    assert "moderation-reasoning.yaml:9:21: error:" in bare.err
    assert "--reward reward.yaml" in bare.err
    done = gavel(*words, "--reward", EXAMPLE / "reward.yaml", "--json")
    assert done.code == exits.OK
    assert len(json.loads(done.out)["questions"]) == 8


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--index", "3"), "has no rollout 3"),
        (("--criterion", "claus"), "did you mean `clause`?"),
        (("--criterion", "short"), "`short` asks no judge"),
        (("--tokenizer", "nothing.json"), "cannot read nothing.json"),
        (("--reward", "nothing.yaml"), "cannot read nothing.yaml"),
    ],
)
def test_mistakes(gavel: Gavel, rubric: Path, flags: tuple[str, str], said: str) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), *flags)
    assert done.code == exits.USAGE
    assert said in done.err
    assert done.out == ""


def test_what_is_not_a_tokenizer(gavel: Gavel, rubric: Path) -> None:
    done = gavel("rubric", "render", rubric, "--rollout", rollouts(rubric), "--tokenizer", rubric)
    assert done.code == exits.USAGE
    assert "is not a tokenizer" in done.err
