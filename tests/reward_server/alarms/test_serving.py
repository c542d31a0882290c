"""A real server: the example's majority policy raises what it should, a learning one nothing."""

import json
import random
import runpy
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.rounds import Round
from reward_server.alarms.table import alarms_of, rounds_of
from reward_server.store.reading import Store
from tests.processes import ROOT
from tests.reward_server.http.serving import GAVEL, Served, started, until

EXAMPLE = ROOT / "examples" / "sms_spam"
STEPS, GROUPS, SIZE = 12, 16, 4
WON = "URGENT! You have WON. To claim your prize txt WIN to 80085 now"
MESSAGES = [("spam", WON) if number % 7 == 0 else ("ham", "ok, see you at 10") for number in range(200)]
"""One of seven is spam, as in the real messages."""

Policy = Callable[[str, str, random.Random], str]
"""A message and its label -> what the policy says."""

always_ham = runpy.run_path(str(EXAMPLE / "policies.py"))["always_ham"]


def majority(message: str, _label: str, _chance: random.Random) -> str:
    return str(always_ham(message))


def learner(_message: str, label: str, chance: random.Random) -> str:
    other = {"ham": "spam", "spam": "ham"}[label]
    return label if chance.random() < 0.65 else other


@contextmanager
def serving(tmp_path: Path, file: Path, *options: str) -> Iterator[Served]:
    command = (GAVEL, "serve", str(file), "--port", "0", *options)
    with started(command, tmp_path / "stderr.txt", {"GAVEL_STORE": str(tmp_path / "s.sqlite3")}) as served:
        yield served


def train(served: Served, policy: Policy, run: str) -> None:
    """Send steps of a policy's rollouts, as a trainer would."""
    chance = random.Random(5)
    for step in range(STEPS):
        messages = [MESSAGES[(step * GROUPS + number) % len(MESSAGES)] for number in range(GROUPS)]
        rollouts = [
            {
                "id": f"{step}/{group}/{number}",
                "group": f"{step}/{group}",
                "prompt": text,
                "completion": f'{{"label": "{policy(text, label, chance)}"}}',
                "ground_truth": label,
            }
            for group, (label, text) in enumerate(messages)
            for number in range(SIZE)
        ]
        served.score(rollouts, run=run, step=step)


def stored(tmp_path: Path, run: str) -> list[Alarm]:
    with closing(Store(tmp_path / "s.sqlite3")) as store:
        return alarms_of(store, store.run(run).id)


def rounds(tmp_path: Path, run: str) -> list[Round]:
    with closing(Store(tmp_path / "s.sqlite3")) as store:
        return [found for _, found in rounds_of(store, store.run(run).id)]


def logged(served: Served) -> list[dict[str, Any]]:
    """The log; before it stand the linter's warnings about the example."""
    lines = served.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def told(served: Served) -> list[tuple[str, str, str]]:
    """What the log says was raised: run, alarm, subject."""
    lines = [line for line in logged(served) if line["event"] == "an alarm was raised"]
    return sorted((line["run"], line["alarm"], line["subject"]) for line in lines)


def test_a_majority_policy_raises_dead_groups_and_a_flat_component(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, EXAMPLE / "reward.yaml") as served:
        train(served, majority, "majority")
        until(lambda: len(served.metrics("gavel_alarm_active")) == 2)
        train(served, learner, "learner")
        # every group is dead: the six of seven that are ham are all right. (The one of seven that is spam is
        # all wrong, too small a part of the dead ones.) Accuracy varies between prompts, never within one.
        assert served.metrics("gavel_alarm_active") == {
            ("component_flat", "sms-spam", "accuracy"): 1,
            ("dead_groups", "sms-spam", "right"): 1,
        }
        assert served.metrics("gavel_alarms_total") == {
            ("component_flat", "sms-spam"): 1,
            ("dead_groups", "sms-spam"): 1,
        }
    expected = [("majority", "component_flat", "accuracy"), ("majority", "dead_groups", "right")]
    assert told(served) == expected
    assert stored(tmp_path, "learner") == []
    dead, flat = stored(tmp_path, "majority")
    # 80 groups in 5 steps, all of them dead: surely more than 95 %
    assert (dead.name, dead.subject, dead.level, dead.since, dead.raised) == (
        "dead_groups",
        "right",
        "critical",
        0,
        4,
    )
    assert (flat.name, flat.subject, flat.since, flat.raised) == ("component_flat", "accuracy", 0, 4)
    with closing(Store(tmp_path / "s.sqlite3")) as store:
        for alarm in (dead, flat):
            assert alarm.rollouts
            assert {store.rollout(number).run for number in alarm.rollouts} == {"majority"}
        assert all(store.rollout(number).content.ground_truth == "ham" for number in dead.rollouts)


def test_without_a_store_there_are_no_alarms(tmp_path: Path) -> None:
    with serving(tmp_path, EXAMPLE / "reward.yaml", "--store", "none", "--log-level", "debug") as served:
        train(served, majority, "majority")
        assert served.metrics("gavel_alarm_active") == {}
    events = [line["event"] for line in logged(served)]
    assert "nothing is stored, so no alarms are raised and no judge is probed" in events


GULLIBLE = """
name: gullible
components: {rubric: {use: rubric, rubric: rubric.yaml}}
judges: {default: {use: scripted, otherwise: 0.9}}
watch: {every_s: 1, canaries: 5, anchors: 5}
alarms: {dead_groups: off, component_flat: off}
"""
RUBRIC = """
schema: rubric/v1
id: gullible
version: "1"
inputs: {message: {from: prompt}, answer: {from: completion}}
criteria: [{id: cites, ask: The answer cites a clause.}]
"""


def test_a_server_probes_its_judges_where_the_reward_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "reward.yaml").write_text(GULLIBLE, encoding="utf-8")
    with serving(tmp_path, tmp_path / "reward.yaml", "--log-level", "warning") as served:
        rollouts = [{"prompt": "p", "completion": f"Clause {n}.", "group": "g"} for n in range(8)]
        served.score(rollouts, run="r", step=0)
        until(lambda: bool(rounds(tmp_path, "r")))
        assert served.process.stop() == 0
        assert told(served) == [("r", "judge_false_positives", "cites")]
    first = rounds(tmp_path, "r")[0]
    assert (first.kind, first.criterion, first.asked, first.found) == ("canary", "cites", 5, 5)
    assert [alarm.name for alarm in stored(tmp_path, "r")] == ["judge_false_positives"]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("alarms: {length_colapse: off}", "unknown key `length_colapse`"),
        ("alarms: {length_collapse: never}", "`alarms.length_collapse` should be a mapping or 'off'"),
        ("alarms: {dead_groups: {share: 2}}", "`alarms.dead_groups.share` should be at most 1"),
        ("watch: {every_s: 0}", "`watch.every_s` should be at least 1"),
    ],
)
def test_mistakes_in_the_sections_are_told_with_their_place(
    tmp_path: Path, written: str, complaint: str
) -> None:
    from reward_server.reward.loading import load_reward
    from rubrics.document import parse
    from rubrics.problems import ConfigError

    text = "name: test\ncomponents: {some: {use: repetition}}\n" + written
    with pytest.raises(ConfigError) as error:
        load_reward(parse(text, "reward.yaml", tmp_path))
    assert complaint in str(error.value)
    assert "reward.yaml:3" in str(error.value)


def test_neither_section_is_part_of_the_reward_version() -> None:
    from tests.reward_server.making import reward_of

    plain = "components: {some: {use: repetition}}\n"
    watched = plain + "alarms: {baseline: 3, dead_groups: off}\nwatch: {every_s: 5}\n"
    assert reward_of(plain).version == reward_of(watched).version
