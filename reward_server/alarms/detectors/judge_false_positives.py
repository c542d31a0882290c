"""A judge finds texts without content to meet criteria: whatever a policy finds out about that, it will do.

"One Token to Fool LLM-as-a-Judge" (arXiv 2507.08794).
"""

from collections.abc import Iterator

from judges.attack.interval import rate
from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.rounds import Round
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import JudgeFalsePositives

ADVICE = (
    "do not trust this criterion: see what fools the judge with `gavel rubric attack`, then reword the "
    "criterion, ask for evidence (`evidence: quote`), gate it by code, or take another judge"
)


def detect(seen: Seen, limits: JudgeFalsePositives) -> Iterator[Sign]:
    """See surely more than `share` of canaries found met, over the last rounds."""
    for criterion, rounds in seen.of_kind("canary").items():
        yield from _of(criterion, rounds[-limits.rounds :], limits)


def _of(criterion: str, rounds: list[Round], limits: JudgeFalsePositives) -> Iterator[Sign]:
    found = rate(round(sum(each.found for each in rounds)), sum(each.asked for each in rounds))
    if found.share is None or found.low is None:
        yield holding(criterion)
    elif found.low > limits.share:
        yield Sign(
            subject=criterion,
            level="critical" if found.low > limits.critical else "warning",
            seen=f"{found.found} of {found.of} canaries ({found.share:.0%}) were found met by "
            f"{rounds[-1].judge}, over {len(rounds)} round{'s' * (len(rounds) > 1)}",
            numbers={"share": found.share, "low": found.low, "limit": limits.share},
            since=next(each.step for each in rounds if each.found),
            rollouts=[number for each in reversed(rounds) for number in each.rollouts][:5],
            advice=ADVICE,
        )
    elif found.share > limits.share:
        yield holding(criterion)


RULE = Rule("judge_false_positives", "the criterion", {"": ADVICE}, detect)
