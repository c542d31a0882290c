"""A reward function as an equation and as a table: what this URL computes."""

from collections.abc import Sequence

import msgspec

from reward_server.reward.reward_function import Column, RewardFunction


class ColumnDescription(msgspec.Struct, frozen=True):
    """One component of a reward function."""

    name: str
    use: str
    weight: float
    low: float
    high: float
    gate: str | None


class Description(msgspec.Struct, frozen=True):
    """What a reward function computes."""

    name: str
    description: str
    version: str
    equation: str
    components: Sequence[ColumnDescription]
    on_unscored: str
    notices: Sequence[str]
    relative: bool
    """Whether a reward depends on the other rollouts of its group, so that `group_size` is needed."""
    questions: int
    """The most questions that one rollout puts to judges."""


def describe(function: RewardFunction) -> Description:
    """What `GET /v1/rewards/{name}` and `gavel check` tell."""
    return Description(
        name=function.name,
        description=function.source.description,
        version=function.version,
        equation=equation(function),
        components=[_described(function, column) for column in _in_order(function)],
        on_unscored=function.on_unscored,
        notices=function.notices,
        relative=function.relative,
        questions=function.questions,
    )


def equation(function: RewardFunction) -> str:
    """`reward = 0.25 accuracy + 0.75 rubric [format >= 1, else 0]`."""
    terms = [_term(column) for column in _in_order(function) if column.weight]
    factor = ""
    if function.sample_weights is not None and function.sample_weights.apply == "reward":
        factor = f"w({function.sample_weights.label}) * "
    body = " + ".join(terms)
    return f"reward = {factor}({body})" if factor else f"reward = {body}"


def _in_order(function: RewardFunction) -> list[Column]:
    by_name = {column.name: column for column in function.columns}
    return [by_name[name] for name in function.order]


def _term(column: Column) -> str:
    gate = _gate(column)
    return f"{column.weight:.4g} {column.name}" + (f" [{gate}]" if gate else "")


def _gate(column: Column) -> str | None:
    if column.gate is None:
        return None
    return f"{column.gate.on} >= {column.gate.at_least:g}, else {column.gate.else_:g}"


def _described(function: RewardFunction, column: Column) -> ColumnDescription:
    low, high = column.bounds
    use = str(function.source.components[column.name]["use"])
    return ColumnDescription(column.name, use, column.weight, low, high, _gate(column))
