"""A classifier: items in, findings out, over any scorer.

    score -> the same item in flight? -> the scorer, again where that may help -> its finding

Every item ends as a `Finding` or as `Unscored` with its cause; nothing but cancellation is raised.
"""

import asyncio
import math
from collections.abc import Iterable, Sequence

from judges import caller as callers
from judges.backend import BackendError
from judges.cache.once import Calls
from judges.classifiers.finding import Finding
from judges.classifiers.item import Item, key, without_surrogates
from judges.classifiers.options import ClassifierOptions
from judges.classifiers.scorer import Scorer
from judges.deadline import remaining
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored


class Classifier:
    """Scores items on one model. Of items that are alike and in flight together, one is scored."""

    def __init__(self, scorer: Scorer, retries: Retries | None = None, max_waiting: int = 200_000) -> None:
        self._scorer = scorer
        self._retries = retries or Retries()
        self._max_waiting = max_waiting
        self._calls: Calls[Finding] = Calls()
        self._under_way = 0

    async def __call__(self, items: Iterable[Item]) -> Sequence[Finding | Unscored]:
        """Score items, all at once: one outcome each, in order."""
        return await asyncio.gather(*map(self.score, items))

    async def score(self, item: Item) -> Finding | Unscored:
        """Score one item. Takes at most what is left of the deadline."""
        caller = callers.current()
        if caller is not None and not caller.may_ask():
            return Unscored(Cause.COMPONENT_ERROR, callers.NOT_ASKED)
        left = remaining()
        if left <= 0:
            return Unscored(Cause.DEADLINE, "the deadline had passed before the classifier was asked")
        if self._under_way >= self._max_waiting:
            return Unscored(Cause.JUDGE_OVERLOADED, f"{self._under_way:,} texts wait for the classifier")
        self._under_way += 1
        try:
            async with asyncio.timeout(None if math.isinf(left) else left):
                return await self._shared(without_surrogates(item))
        except TimeoutError:
            return Unscored(Cause.DEADLINE, "the deadline passed before the classifier had answered")
        except BackendError as error:
            return Unscored(error.cause, error.detail)
        finally:
            self._under_way -= 1

    async def aclose(self) -> None:
        """Release the model and the connections."""
        await self._scorer.aclose()

    async def _shared(self, item: Item) -> Finding:
        async def scored() -> Finding:
            return await self._scored(item)

        return await self._calls(key(item), scored)

    async def _scored(self, item: Item) -> Finding:
        self._retries.budget.earn()
        try:
            return await self._attempt(item)
        except BackendError as error:
            if not error.retryable:
                raise
            failure = error

        async def attempt() -> Finding:
            return await self._attempt(item)

        return await self._retries.after(failure, attempt, lambda _: None)

    async def _attempt(self, item: Item) -> Finding:
        try:
            return await self._scorer(item)
        except BackendError:
            raise
        except Exception as error:  # a scorer may be anyone's code
            detail = f"the classifier raised {type(error).__name__}"
            raise BackendError(Cause.JUDGE_ERROR, detail) from error


def opened(options: ClassifierOptions) -> Classifier:
    """Open the classifier that a reward file describes. Raises ConfigError."""
    return Classifier(options.open(), Retries(options.attempts), options.max_waiting)
