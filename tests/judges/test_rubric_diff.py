from judges.prompts.changes import prompt_digests, whole_digest
from judges.rubric_diff import diff
from rubrics.rubric import PromptLayout, Rubric
from tests.rubrics.making import rubric_of

TEXT = """
version: "{version}"
{rest}
criteria:
  - {{id: a, ask: {a}, weight: {weight}}}
  - {{id: b, ask: B?, scale: [bad, good]}}
  - {{id: c, check: {{contains: [x]}}}}
"""


def rubric(a: str = "A", weight: float = 1, rest: str = "", version: str = "1") -> Rubric:
    return rubric_of(TEXT.format(a=a, weight=weight, rest=rest, version=version))


def anew(after: Rubric, layout: PromptLayout = "criterion_last") -> list[str]:
    return list(diff(rubric(), after, layout)[0].asked_anew)


def test_weights_do_not_reach_the_judge() -> None:
    found, _ = diff(rubric(), rubric(weight=2))
    assert found.before.prompts == found.after.prompts
    assert found.before.digest != found.after.digest
    assert (found.counts, found.version) == (True, "same")
    assert (found.asked_anew, found.asked_as_before) == ([], ["a", "b"])


def test_what_reaches_the_judge_by_statement() -> None:
    assert anew(rubric(a="Another")) == ["a"]
    assert anew(rubric(rest="guidelines: Be strict.")) == ["a", "b"]
    assert anew(rubric(rest="inputs: {prompt: {from: prompt}, completion: {from: completion.answer}}")) == [
        "a",
        "b",
    ]
    assert anew(rubric(rest="description: not said")) == []


def test_a_listed_prompt_holds_every_statement() -> None:
    assert anew(rubric(a="Another"), "listed") == ["a", "b"]
    listed = rubric(rest="layout: listed")
    assert anew(listed) == ["a", "b"]
    assert list(diff(listed, listed)[0].asked_anew) == []


def test_digests_are_of_the_prompts_alone() -> None:
    same = rubric_of(
        "criteria: [{id: other, ask: A, weight: -3}, {id: b, ask: 'B?', scale: {bad: 0.2, good: 1}}]"
    )
    assert prompt_digests(same)["other"] == prompt_digests(rubric())["a"]
    assert whole_digest(same) == whole_digest(rubric())
    assert diff(rubric(), same)[0].renamed == [("a", "other")]


def test_the_same_rubric() -> None:
    found, _ = diff(rubric(), rubric(version="1.1"))
    assert (found.counts, found.version, found.changes, found.obstacles) == (False, "raised", [], [])


def test_an_added_classifier_is_shown() -> None:
    text = "criteria:\n  - {id: a, ask: A}\n"
    after = rubric_of(text + "  - {id: k, classifier: {use: hhem, claim: completion}}\n")
    (added,) = diff(rubric_of(text), after)[0].added
    assert added.text == '{"classifier": {"use": "hhem", "claim": "completion"}}'
