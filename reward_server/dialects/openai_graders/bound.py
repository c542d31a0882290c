"""A grader that has been looked at and is ready to run."""

from typing import Protocol

from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.template import TooLong
from reward_server.dialects.openai_graders.variables import ItemError, SampleError, Variables
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored


class Bound(Protocol):
    """Grades samples."""

    @property
    def low(self) -> float:
        """The least score, which is that of a sample that lacks what is graded."""
        ...

    @property
    def model(self) -> str | None:
        """The model that is asked, where one is."""
        ...

    async def grade(self, variables: Variables) -> Graded:
        """Grade one sample. Raises SampleError, ItemError, TooLong."""
        ...


async def graded(grader: Bound, variables: Variables) -> Graded:
    """Grade one sample. The policy's fault is the least score, the dataset's is none."""
    try:
        return await grader.grade(variables)
    except SampleError as error:
        return Graded(Score(grader.low, str(error)), frozenset({"sample_parse_error"}))
    except TooLong as error:
        return Graded.unscored(Unscored(Cause.COMPLETION_TOO_LONG, str(error)))
    except ItemError as error:
        return Graded.unscored(Unscored(Cause.MISSING_FIELD, str(error)))
