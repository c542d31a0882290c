"""`gavel serve` over faulty judges: batches in, verdicts out."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from rubrics.verdict import Verdict
from tests.judges.faults.making import CRITERIA, EVIDENCE, KEY_VARIABLE, SECRET, Verdicts
from tests.reward_server.http.serving import GAVEL, Served, started

REWARD = """
name: faults
components:
  rubric: {use: rubric, rubric: rubric.yaml}
judges:
  default: {use: openai, base_url: "${FAULTY_JUDGE_URL}", model: faulty, verdict: token, timeout_s: 2,
            max_concurrency: 64, api_key_env: FAULTY_JUDGE_KEY}
"""
_RUBRIC = "schema: rubric/v1\nid: faults\ncriteria:\n" + "".join(
    f'  - {{id: {name}, ask: "The statement @{name}@ holds."}}\n' for name in CRITERIA
)


@contextlib.contextmanager
def serve_over(url: str, directory: Path) -> Iterator[Served]:
    """Serve a reward that is one rubric, asked of the judge at `url`."""
    file = directory / "reward.yaml"
    file.write_text(REWARD, encoding="utf-8")
    (directory / "rubric.yaml").write_text(_RUBRIC, encoding="utf-8")
    environment = {
        "FAULTY_JUDGE_URL": url,
        KEY_VARIABLE: SECRET,
        "GAVEL_CACHE_DIR": str(directory / "cache"),
    }
    command = (GAVEL, "serve", str(file), "--port", "0")
    with started(command, directory / "stderr.txt", environment) as served:
        yield served


def batch_of(names: Iterable[str], deadline_s: float = 20.0) -> bytes:
    """A request with one rollout for each text, all of one group."""
    rollouts = [
        {"id": name, "group": "g", "prompt": "a post", "completion": f"#{name}# {EVIDENCE}"} for name in names
    ]
    return msgspec.json.encode({"rollouts": rollouts, "detail": "verdicts", "deadline_s": deadline_s})


class _Result(msgspec.Struct):
    id: str
    reward: float | None
    cause: str | None
    verdicts: list[Verdict]


class _Answer(msgspec.Struct):
    rewards: list[float | None]
    results: list[_Result]


def judged(answer: bytes) -> Verdicts:
    """Every verdict of an answer. A reward is null exactly where one of its verdicts has no number."""
    found = msgspec.json.decode(answer, type=_Answer)
    for reward, result in zip(found.rewards, found.results, strict=True):
        assert reward == result.reward
        assert len(result.verdicts) == len(CRITERIA), result
        missing = any(verdict.cause is not None for verdict in result.verdicts)
        assert (reward is None) == (result.cause is not None) == missing, result
    return {
        (result.id, verdict.criterion): verdict for result in found.results for verdict in result.verdicts
    }
