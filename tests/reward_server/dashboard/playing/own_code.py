"""The author's own code of the reward in the tests."""

from reward_server.reward.component import PerRollout
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Rollout


def scored(rollout: Rollout, word: str, times: float) -> float:
    return min(1.0, rollout.completion.text.count(word) * times / 10)


def other(rollout: Rollout) -> float:
    return 1.0


class Kind(PerRollout):
    """Would read what `path` names."""

    path: str
    least: float

    def score(self, rollout: Rollout) -> Outcome:  # noqa: ARG002 - the signature of a component
        return Score(self.least)
