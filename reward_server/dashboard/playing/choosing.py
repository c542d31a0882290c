"""The rollouts that an edit is tried on: stored ones, or ones that somebody pasted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from reward_server.dashboard.page import PageError
from reward_server.dashboard.sources import Sources
from reward_server.store.query import RolloutFilter, Sort
from reward_server.store.query import rollouts as found_rollouts
from reward_server.store.reading import StoredRollout
from reward_server.wire.native import MAX_STEP, ComponentResult, Result
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout
from rubrics.verdict import Verdict

MOST = 256
"""Rollouts that an edit is tried on at once."""
USUAL = 8
MOST_PASTED = 2_000_000
"""Characters that are pasted at once."""
MOST_CHARS = 4_000_000
"""Characters of all completions that are tried at once."""
Step = Annotated[int, msgspec.Meta(ge=0, le=MAX_STEP)]
_PART = 16

_DIGITS = 16

Order = Literal["newest", "least", "greatest", "disagreement"]
_ORDERS: Mapping[Order, tuple[Sort, bool]] = {
    "newest": ("arrival", True),
    "least": ("value", False),
    "greatest": ("value", True),
    "disagreement": ("disagreement", True),
}


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rollouts are meant. Numbers go before all the rest."""

    numbers: str = ""
    """Numbers in the store, with commas or spaces between them."""
    run: str | None = None
    """A run's number or name; left out, the newest run of this reward."""
    step: Step | None = None
    group: str | None = None
    order: Order = "newest"
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = USUAL
    pasted: Annotated[str, msgspec.Meta(max_length=MOST_PASTED)] = ""
    """Rollouts as JSONL, or the text of one completion, in place of stored ones."""


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of a rollout's scores."""

    reward: float | None
    cause: str | None
    detail: str | None
    components: Mapping[str, ComponentResult]
    verdicts: Sequence[Verdict]
    version: str
    """The reward version that gave them."""

    @classmethod
    def of(cls, result: Result, version: str) -> "Before":
        """What a result says."""
        return cls(
            reward=result.reward,
            cause=result.cause,
            detail=result.detail,
            components=result.components or {},
            verdicts=result.verdicts or (),
            version=version,
        )


class Chosen(msgspec.Struct, frozen=True):
    """Rollouts as a reward reads them, and what is stored of them."""

    rollouts: Sequence[tuple[str, Rollout]]
    """Each with the name of its group."""
    before: Mapping[str, Before]
    """By the rollout's id. Pasted ones have none."""
    notices: Sequence[str] = ()

    @property
    def groups(self) -> Sequence[Group]:
        """The groups, in order of their first rollouts."""
        members: dict[str, list[Rollout]] = {}
        for group, rollout in self.rollouts:
            members.setdefault(group, []).append(rollout)
        return [Group(name, rollouts) for name, rollouts in members.items()]


def stored(sources: Sources, reward: str, choice: Choice, layout: Layout) -> Chosen:
    """Rollouts out of the store. Raises PageError, StoreError."""
    found, cut = _bounded(sources, numbers_of(sources, reward, choice))
    if not found:
        raise PageError("no stored rollout is like that", "choose others, or paste some")
    kept = [each for each in found if each.content.completion is not None]
    if not kept:
        raise PageError("the store keeps no texts, so nothing can be scored again", "paste rollouts instead")
    return Chosen(
        [(_group(each), _rollout(each, layout)) for each in kept],
        {str(each.number): Before.of(each.content.result, each.reward_version) for each in kept},
        [*_left_out(len(found) - len(kept)), *_cut_off(len(found), cut), *_cut_groups(sources, kept)],
    )


def numbers_of(sources: Sources, reward: str, choice: Choice) -> Sequence[int]:
    """The rollouts that are meant. Raises PageError, StoreError."""
    written = choice.numbers.replace(",", " ").split()
    if written:
        if len(written) > MOST or not all(map(_is_number, written)):
            raise PageError(f"numbers of rollouts: at most {MOST}, with commas between them", status=422)
        return [*dict.fromkeys(map(int, written))]
    sort, descending = _ORDERS[choice.order]
    wanted = RolloutFilter(
        run=_run(sources, reward, choice.run),
        first_step=choice.step,
        last_step=choice.step,
        group=choice.group,
        sort=sort,
        descending=descending,
        limit=choice.count,
    )
    try:
        return [summary.number for summary in found_rollouts(sources.kept, wanted).rollouts]
    except ConfigError as error:
        raise PageError(error.problems[0].message, error.problems[0].hint, 422) from None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < _DIGITS


def _run(sources: Sources, reward: str, named: str | None) -> int:
    if named is not None:
        return sources.run(named).id
    runs = [run for run in sources.runs() if run.reward == reward and run.rollouts]
    if not runs:
        raise PageError(f"no rollout of `{reward}` is stored yet", "score some, or paste some")
    return runs[0].id


def _group(each: StoredRollout) -> str:
    """Names of groups come back in other steps and runs."""
    return f"{each.run_number}/{each.step}/{each.group}"


def _rollout(each: StoredRollout, layout: Layout) -> Rollout:
    content = each.content
    return Rollout(
        id=str(each.number),
        completion=Completion(content.completion or "", layout),
        prompt=each.prompt,
        ground_truth=content.ground_truth,
        metadata=dict(content.metadata),
        finish_reason=content.finish_reason,
        completion_tokens=each.tokens,
    )


def _bounded(sources: Sources, numbers: Sequence[int]) -> tuple[list[StoredRollout], bool]:
    """Rollouts until their texts are too much to be scored beside training; whether that cut any off."""
    found: list[StoredRollout] = []
    chars = 0
    for start in range(0, len(numbers), _PART):
        for each in sources.kept.rollouts(numbers[start : start + _PART]):
            chars += len(each.content.completion or "")
            if chars > MOST_CHARS:
                return found, True
            found.append(each)
    return found, False


def _left_out(without_text: int) -> Iterator[str]:
    if without_text:
        yield f"{without_text:,} rollouts were stored without their texts, and are left out"


def _cut_off(left: int, cut: bool) -> Iterator[str]:
    if cut:
        yield f"only the first {left:,} are tried: all of them have more than {MOST_CHARS:,} characters"


def _cut_groups(sources: Sources, kept: Sequence[StoredRollout]) -> Iterator[str]:
    """Say of how many groups some rollouts are not here: what compares them has other values then."""
    here: dict[tuple[int, int, str], int] = {}
    for each in kept:
        key = each.run_number, each.step, each.group
        here[key] = here.get(key, 0) + 1
    query = "SELECT count(*) FROM rollouts WHERE run = ? AND step = ? AND group_name = ?"
    cut = sum(sources.kept.rows(query, *key)[0][0] > count for key, count in here.items())
    if cut:
        yield f"{cut:,} of {len(here):,} groups are not whole here: ranks are those among the rollouts chosen"
