"""One stored rollout with everything that can be told of it."""

from collections.abc import Mapping, Sequence

import msgspec

from reward_server.components.rubric import Rubric as RubricComponent
from reward_server.dashboard.page import PageError
from reward_server.dashboard.parts.calls import Asked
from reward_server.dashboard.rollout.anatomy import Anatomy, anatomy, layout_of
from reward_server.dashboard.rollout.curl import curl
from reward_server.dashboard.rollout.golden import golden
from reward_server.dashboard.rollout.prompts import rewritten
from reward_server.dashboard.rollout.quotes import Quote, quotes
from reward_server.dashboard.sources import Sources
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.entry import Description
from reward_server.store.query import MOST, RolloutFilter, Summary, rollouts
from reward_server.store.reading import Store, StoredRollout
from reward_server.wire.native import Timing
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.rollout import Rollout

ALL_CRITERIA = "verdicts"
"""What the golden test is called where nobody knows whose criteria they are."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout, in full."""

    stored: StoredRollout
    equation: str
    """Of the reward that scored it."""
    served: bool
    """Whether that very version is being served."""
    tryable: bool
    """Whether its reward is being served, in whatever version."""
    anatomy: Anatomy | None
    """None where the store keeps no texts."""
    quotes: Sequence[Quote]
    statements: Mapping[str, str]
    """What judges were asked, by criterion; of a reward that is served."""
    calls: Sequence[Asked]
    timing: Timing | None
    """Of the request that brought it, with all of its rollouts."""
    brought: int
    """Rollouts of that request."""
    siblings: Sequence[Summary]
    """The rollouts of its group and step, itself included."""
    curl: str | None
    goldens: Mapping[str, str]
    """A golden test for each rubric."""


def seen(sources: Sources, number: int) -> Seen:
    """Read a rollout. Raises StoreError, PageError."""
    try:
        stored = sources.kept.rollout(number)
        return _seen(sources, stored)
    except RecursionError:
        raise PageError(
            f"rollout {number} holds JSON that is nested too deeply to be shown", status=422
        ) from None


def _seen(sources: Sources, stored: StoredRollout) -> Seen:
    store = sources.kept
    description = _description(store, stored.reward_version)
    function = _served(sources, stored)
    layout = layout_of(description) if function is None else function.layout
    found = None if stored.content.completion is None else anatomy(stored.content.completion, layout)
    verdicts = stored.content.result.verdicts or ()
    read = stored.content.result.cause != Cause.COMPLETION_TOO_LONG
    timing, brought = _request(store, stored.number)
    return Seen(
        stored=stored,
        equation=description.equation,
        served=function is not None,
        tryable=sources.serves(stored.reward),
        anatomy=found,
        quotes=[] if found is None else quotes(found.text, verdicts, stored.content.calls),
        statements=_statements(function),
        calls=_calls(function, stored, layout),
        timing=timing,
        brought=brought,
        siblings=siblings(store, stored.run_number, stored.step, stored.group),
        curl=curl(stored) if read else None,
        goldens=_goldens(stored, layout, function) if read else {},
    )


def siblings(store: Store, run: int, step: int, group: str) -> Sequence[Summary]:
    """The rollouts of a group in a step, in order of arrival."""
    wanted = RolloutFilter(run=run, first_step=step, last_step=step, group=group, limit=MOST)
    return rollouts(store, wanted).rollouts


def _description(store: Store, version: str) -> Description:
    return next(description for found, description in store.versions().values() if found == version)


def _served(sources: Sources, stored: StoredRollout) -> RewardFunction | None:
    """The reward function that scored it, if that very version is being served."""
    function = None if sources.live is None else sources.live.functions.get(stored.reward)
    return function if function is not None and function.version == stored.reward_version else None


def _rubrics(function: RewardFunction | None) -> Mapping[str, RubricComponent]:
    columns = () if function is None else function.columns
    return {c.name: c.component for c in columns if isinstance(c.component, RubricComponent)}


def _statements(function: RewardFunction | None) -> Mapping[str, str]:
    rubrics = _rubrics(function).values()
    asked = (criterion for rubric in rubrics for criterion in rubric.opened.judged)
    return {criterion.id: criterion.ask for criterion in asked if criterion.ask is not None}


def _calls(function: RewardFunction | None, stored: StoredRollout, layout: Layout) -> list[Asked]:
    calls, content = stored.content.calls, stored.content
    if function is None or content.completion is None:
        return [Asked(call, None) for call in calls]
    rollout = Rollout(
        id=content.result.id,
        completion=Completion(content.completion, layout),
        prompt=stored.prompt,
        ground_truth=content.ground_truth,
        metadata=dict(content.metadata),
        finish_reason=content.finish_reason,
    )
    prompts = rewritten(function, rollout, calls)
    return [Asked(call, prompt) for call, prompt in zip(calls, prompts, strict=True)]


def _request(store: Store, number: int) -> tuple[Timing | None, int]:
    query = (
        "SELECT requests.timing, requests.rollouts FROM rollouts "
        "JOIN requests ON requests.id = rollouts.request WHERE rollouts.id = ?"
    )
    for timing, brought in store.rows(query, number):
        try:
            return msgspec.json.decode(timing, type=Timing), brought
        except msgspec.DecodeError:
            return None, brought
    return None, 0


def _goldens(stored: StoredRollout, layout: Layout, function: RewardFunction | None) -> Mapping[str, str]:
    rubrics = _rubrics(function)
    if not rubrics:
        found = {ALL_CRITERIA: golden(stored, layout)} if stored.content.result.verdicts else {}
    else:
        found = {name: golden(stored, layout, each.criteria) for name, each in rubrics.items()}
    return {name: text for name, text in found.items() if text is not None}
