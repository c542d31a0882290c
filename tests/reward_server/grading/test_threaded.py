import threading

from reward_server.grading.threaded import Threaded
from reward_server.reward.component import Bounds, PerRollout
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout


class Somewhere(PerRollout):
    """Scores 2 with the name of the thread it ran in."""

    option: int = 1

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return 2.0, 3.0

    def score(self, rollout: Rollout) -> Outcome:
        if rollout.completion.text == "raise":
            raise RuntimeError
        return Score(2.0, threading.current_thread().name)


def identity(option: int) -> Json:
    return Threaded(inner=Somewhere(option=option)).identity()


async def test_each_rollout_is_scored_in_another_thread() -> None:
    threaded = Threaded(inner=Somewhere())
    texts = ["a", "raise", "b"]
    outcomes = await threaded(Group("p", [Rollout(id=text, completion=Completion(text)) for text in texts]))
    first, failed, last = outcomes
    assert first == last
    assert isinstance(first, Score)
    assert first.reason != threading.current_thread().name
    assert failed == Unscored(Cause.COMPONENT_ERROR, "RuntimeError was raised")


def test_it_stands_for_what_it_wraps() -> None:
    assert Threaded(inner=Somewhere()).bounds == (2, 3)
    assert identity(1) == identity(1) != identity(2)
    assert "Somewhere" in str(identity(1))
