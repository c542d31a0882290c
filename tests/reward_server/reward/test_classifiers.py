"""The `classifiers` of a reward file: mistakes have places; models open when needed, and close."""

from pathlib import Path

import pytest
from pydantic import PrivateAttr

from judges.classifiers.finding import Finding
from judges.classifiers.item import Claim, Item
from judges.classifiers.options import ClassifierOptions
from judges.classifiers.scorer import Scorer
from reward_server.check.json_schema import schema_of
from reward_server.reward.loading import load_reward
from rubrics.document import parse
from rubrics.problems import ConfigError

HEAD = "name: it\ncomponents: {rm: {use: reward_model, classifier: nli}}\nclassifiers:\n"


class Constant(ClassifierOptions):
    """Finds the same in everything."""

    logit: float
    """What it finds."""

    _log: list[str] = PrivateAttr(default_factory=list[str])

    def open(self) -> Scorer:
        self._log.append("opened")
        return _ConstantScorer(self.logit, self._log)


class _ConstantScorer:
    def __init__(self, logit: float, log: list[str]) -> None:
        self._logit = logit
        self._log = log

    async def __call__(self, item: Item) -> Finding:  # noqa: ARG002
        return Finding(self._logit, 0.5)

    async def aclose(self) -> None:
        self._log.append("closed")


def mistakes(entry: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_reward(parse(HEAD + entry, "reward.yaml", Path()))
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "place", "advice"),
    [
        ("  nli: {use: transformer, model: x}", "reward.yaml:4:14", "did you mean `transformers`?"),
        ("  nli: {use: transformers, model: x, modell: x}", "reward.yaml:4:38", "did you mean `model`?"),
        ("  nli: {use: transformers, model: x, truncate: left}", "reward.yaml:4:48", "'error', 'start'"),
        ("  nli: {use: vllm, base_url: x, model: x}", "reward.yaml:4:30", "expected http://host/v1"),
        ('  nli: {use: vllm, base_url: "${NO_RM}", model: x}', "reward.yaml:4:", "set NO_RM"),
        ("  nlii: {use: transformers, model: x}", "reward.yaml:2:", "did you mean `nlii`?"),
        ("  nli: {model: x}", "reward.yaml:4:3", "`use` is required"),
        ("  nli: transformers", "reward.yaml:4:8", "mapping"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_advice(entry: str, place: str, advice: str) -> None:
    told = mistakes(entry)
    assert place in told
    assert advice in told
    assert told.count("error:") == 1


async def test_it_is_opened_at_its_first_use_and_closed_with_the_reward() -> None:
    use = f"{__name__}:Constant"
    document = parse(f"{HEAD}  nli: {{use: '{use}', logit: 2}}", "reward.yaml", Path())
    function = load_reward(document)
    options = function.classifiers["nli"].options
    assert isinstance(options, Constant)
    await function.aclose()
    assert options._log == []
    function = load_reward(document)
    named = function.classifiers["nli"]
    assert isinstance(named.options, Constant)
    function.open()
    assert await named.classifier.score(Claim("so")) == Finding(2.0, 0.5)
    await function.aclose()
    assert named.options._log == ["opened", "closed"]


def test_editors_know_its_keys() -> None:
    entries = schema_of("reward")["properties"]["classifiers"]["patternProperties"].values()
    (entry,) = entries
    known = {each["if"]["properties"]["use"]["const"]: each["then"] for each in entry["allOf"]}
    assert known.keys() == {"transformers", "vllm"}
    assert "cut off" in known["vllm"]["properties"]["truncate"]["description"]
