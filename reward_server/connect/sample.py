"""One rollout, to see that the URL answers."""

import json
from collections.abc import Mapping
from pathlib import Path

from reward_server.connect.server import printable
from reward_server.connect.target import Description
from rubrics.problems import ConfigError
from rubrics.rollout import Json

PROMPT = "What is 6 times 7?"
COMPLETION = "<think>Six times seven is forty-two.</think>42"


def request(description: Description, rollout: Mapping[str, Json] | None) -> dict[str, Json]:
    """A request for one rollout; for two alike where the function compares those of a group."""
    given = dict(rollout or {"prompt": PROMPT, "completion": COMPLETION, "ground_truth": "42"})
    if not description.relative:
        return {"reward": description.name, "rollouts": [given]}
    grouped: list[Json] = [
        {**given, "id": f"connect-{number}", "group": "connect", "group_size": 2} for number in (1, 2)
    ]
    return {"reward": description.name, "rollouts": grouped}


def read(path: Path) -> dict[str, Json]:
    """The first rollout of a JSONL file. Raises ConfigError."""
    try:
        with path.open(encoding="utf-8") as file:
            line = next((line for line in file if line.strip()), "")
            rollout = json.loads(line)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        rollout = None
    if not isinstance(rollout, dict):
        raise ConfigError(
            f"{path} does not start with a rollout", hint="a JSON object a line, as `gavel score` reads"
        )
    return rollout


def told(result: Mapping[str, Json]) -> str:
    """The reward of a result with its components, or why there is none."""
    if result.get("reward") is None:
        return printable(f"unscored: {result.get('cause')}{_detail(result)}")
    components = result.get("components")
    values = components.items() if isinstance(components, dict) else ()
    listed = ", ".join(f"{printable(name)} {_value(component)}" for name, component in values)
    return f"{_number(result['reward'])}" + (f"  ({listed})" if listed else "")


def _detail(result: Mapping[str, Json]) -> str:
    detail = result.get("detail")
    return f" ({detail})" if detail else ""


def _value(component: Json) -> str:
    value = component.get("value") if isinstance(component, dict) else None
    return "-" if value is None else _number(value)


def _number(value: Json) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else printable(value)
