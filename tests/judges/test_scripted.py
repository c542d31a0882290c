"""The public scripted judge, from Python and from a reward file."""

import pytest

from judges.backend import JudgeOptions
from judges.judge import Judge
from judges.scripted import Scripted, answer, distribution
from rubrics.plugin import resolve
from rubrics.verdict import Reading


@pytest.mark.parametrize(("statement", "chance"), [("It cites a clause.", 0.9), ("It is rude.", 0.2)])
async def test_words_of_the_criterion_decide(statement: str, chance: float) -> None:
    kind = resolve("scripted", "judges", JudgeOptions)
    assert kind is Scripted
    judge = Judge.of(Scripted.model_validate({"otherwise": 0.2, "chances": {"cites a clause": 0.9}}))
    prompt = f"evidence: cites a clause\n\nCriterion: {statement}\nAnswer with exactly one of: yes, no."
    outcome = await judge.ask([{"role": "user", "content": prompt}], ("yes", "no"))
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"yes": chance, "no": 1 - chance})


async def test_the_rest_is_shared_among_the_other_answers() -> None:
    judge = Judge.of(Scripted(chances={}, otherwise=0.4))
    outcome = await judge.ask([{"role": "user", "content": "Criterion: x"}], ("A", "B", "C"))
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"A": 0.4, "B": 0.3, "C": 0.3})


def test_its_verdicts_go_into_the_reward_version() -> None:
    assert Scripted(chances={}, otherwise=0.4).identity() != Scripted(chances={}, otherwise=0.5).identity()


def test_replies_are_made_of_one_token() -> None:
    assert answer("yes", 1.0).alternatives == [("yes", 0.0)]
    assert distribution({"A": 0.25, "B": 0.75}).text == "B"
