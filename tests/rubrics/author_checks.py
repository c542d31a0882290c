"""Functions that rubrics in the tests name as `python` checks."""

from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout

NOT_A_FUNCTION = "text"


def has_two_lines(rollout: Rollout, text: str) -> bool:
    return len(text.splitlines()) == 2


def share_of_capitals(rollout: Rollout, text: str) -> float:
    return sum(letter.isupper() for letter in text) / len(text)


def mentions_the_truth(rollout: Rollout, text: str) -> bool:
    return str(rollout.ground_truth) in text


def too_much(rollout: Rollout, text: str) -> float:
    return 1.5


def not_a_number(rollout: Rollout, text: str) -> float:
    return float("nan")


def needs_tools(rollout: Rollout, text: str) -> Unscored:
    return Unscored(Cause.MISSING_FIELD, "there are no tools")


def nothing(rollout: Rollout, text: str) -> None:
    return None
