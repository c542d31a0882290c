"""docs/dialects.md names every route and parameter, and its examples are answered as shown."""

import json

import pytest

from reward_server.connect.directory import TRAINERS
from reward_server.dialects.azure import Azure
from reward_server.dialects.dialect import Dialect
from reward_server.dialects.nemo_gym import NeMoGym
from reward_server.dialects.openrlhf import OpenRLHF
from reward_server.dialects.row import GROUND_TRUTH
from reward_server.dialects.slime import Slime
from reward_server.http.dialects import ROUTES
from reward_server.wire.native import ComponentResult, Result
from tests.pages import fences, text_of

PAGE = text_of("docs/dialects.md")
DIALECTS: tuple[Dialect, ...] = (OpenRLHF(), Slime(), NeMoGym(), Azure())


def test_every_route_is_named() -> None:
    assert [path for method, path, *_ in ROUTES if f"`{method} {path}`" not in PAGE] == []


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_parameter_policy_and_deadline_is_named(dialect: Dialect) -> None:
    assert [name for name in dialect.parameters if f"| `{name}` |" not in PAGE] == []
    assert [
        policy for policy in dialect.policies if policy != "number" and f"| `{policy}` |" not in PAGE
    ] == []
    (row,) = (line for line in PAGE.splitlines() if f"`POST /{dialect.name}" in line and line[0] == "|")
    assert f"| `{dialect.policies[0]}` | {dialect.deadline_s:g} s of " in row


def test_every_column_of_the_ground_truth_is_named_in_its_order() -> None:
    assert "the first of " + ", ".join(f"`{name}`" for name in GROUND_TRUTH) in PAGE


def test_every_trainer_has_its_row() -> None:
    rows = [line.partition("|")[2] for line in text_of("docs/trainers.md").splitlines() if line[:2] == "| "]
    named = " ".join(row.partition("|")[0].lower() for row in rows)
    assert [name for name in TRAINERS if name.replace("-", " ") not in named.replace("-", " ")] == []


def test_the_examples_are_answered_as_shown() -> None:
    asked, answer, sample, keyed, _, azure = (json.loads(text) for text in fences("docs/dialects.md", "json"))
    result = result_of({"accuracy": 1.0, "format": 1.0})
    assert written(OpenRLHF(), asked, {}, result) == answer
    assert written(Slime(), sample, {}, result) == 0.71
    assert written(Slime(), sample, {"reward_key": "score"}, result) == keyed
    assert written(Azure(), azure, {}, result) == {"score": 0.71}


def written(dialect: Dialect, body: object, query: dict[str, str], result: Result) -> object:
    from reward_server.dialects.settings import read_settings

    settings = read_settings(query, {}, dialect.parameters, dialect.policies)
    exchange = dialect.read(json.dumps(body).encode(), settings)
    (rollout,) = exchange.rollouts
    assert rollout.completion == "155 minutes"
    assert rollout.ground_truth == "155 minutes"
    return exchange.write([result])


def result_of(values: dict[str, float]) -> Result:
    components = {name: ComponentResult(value, 0.5, value / 2, None) for name, value in values.items()}
    return Result(
        id="#0",
        group="g",
        reward=0.71,
        status="scored",
        cause=None,
        detail=None,
        advantage_weight=None,
        components=components,
        verdicts=None,
    )
