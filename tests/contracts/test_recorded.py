"""Requests as trainers send them, and the answers they rely on, byte for byte where bytes matter.

One file for each: `why` it is here, the request (`body`, or `text` for one that no JSON encoder of ours would
write), and the `status` with the whole `answer`, or the code of the `error`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reward_server.http.serving import Served

HERE = Path(__file__).parent
DIALECTS = ("openrlhf", "slime", "nemo_gym", "azure")
RECORDS = sorted(path for name in DIALECTS for path in (HERE / name).glob("*.json"))


def sent(served: Served, record: Mapping[str, Any]) -> httpx.Response:
    content = record.get("text") or json.dumps(record.get("body"))
    headers = {"Content-Type": "application/json", **record.get("headers", {})}
    if record["method"] == "GET":
        return served.client.get(record["path"])
    return served.client.post(record["path"], content=content.encode("ascii"), headers=headers)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recorded_request_gets_its_answer(served: Served, path: Path) -> None:
    record = json.loads(path.read_text(encoding="ascii"))
    response = sent(served, record)
    assert response.status_code == record["status"], response.text
    assert response.headers["content-type"] == "application/json"
    if "error" in record:
        assert response.json()["error"]["code"] == record["error"]
        assert ("retry-after" in response.headers) is (record["status"] == 503)
    else:
        assert rounded(response.json()) == rounded(record["answer"])


def rounded(value: object) -> object:
    """JSON with its fractions rounded, so that sums of weights may differ in the last bit."""
    if isinstance(value, dict):
        return {key: rounded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


def rows() -> list[Path]:
    """The NeMo Gym records that are answered with a reward."""
    records = {path: json.loads(path.read_text(encoding="ascii")) for path in (HERE / "nemo_gym").glob("*")}
    return [path for path, record in records.items() if "reward" in record.get("answer", ())]


@pytest.mark.parametrize("path", rows(), ids=lambda path: path.stem)
def test_the_parts_of_a_reward_sum_to_it_as_nemo_rl_demands(served: Served, path: Path) -> None:
    answer = sent(served, json.loads(path.read_text(encoding="ascii"))).json()
    assert set(answer["reward_components"]) == {"accuracy", "format", "length"}
    assert abs(sum(answer["reward_components"].values()) - answer["reward"]) < 1e-6
