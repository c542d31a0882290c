"""Four rules for spam, scored through a reward URL: what accuracy hides when six of seven messages are ham.

python examples/sms_spam/run.py sms_spam.tsv
"""

import sys
from collections.abc import Iterator, Sequence
from math import fsum
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from messages import Message, read  # noqa: E402 - this folder's
from policies import POLICIES  # noqa: E402
from serving import post, running  # noqa: E402 - the examples' own helper

from reward_server.wire.native import Result, RewardResponse  # noqa: E402

BATCH = 256  # messages; with an answer of each policy, a POST holds 1,024 rollouts


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python examples/sms_spam/run.py FILE.tsv    (columns Label and SMS)")
    messages = read(Path(sys.argv[1]))
    with running("serve", str(HERE / "reward.yaml"), environment={"GAVEL_LOG_LEVEL": "warning"}) as url:
        results = list(score(url, messages))
    refuse_holes(results)
    spam = sum(message.label == "spam" for message in messages)
    print(f"{len(messages):,} messages, {spam / len(messages):.1%} spam, {len(results):,} rollouts scored\n")
    print("| policy | accuracy | balanced accuracy |\n|---|---|---|")
    for number, name in enumerate(POLICIES):
        accuracy, balanced = means(results[number :: len(POLICIES)])
        print(f"| {name} | {accuracy:.3f} | {balanced:.3f} |")


def score(url: str, messages: Sequence[Message]) -> Iterator[Result]:
    """Every policy's answer to every message, scored: a message is a group, its answers are the rollouts."""
    for start in range(0, len(messages), BATCH):
        batch = enumerate(messages[start : start + BATCH], start=start)
        rollouts = [rollout for number, message in batch for rollout in answers(number, message)]
        answer = post(url, {"rollouts": rollouts, "detail": "rewards"})
        yield from msgspec.json.decode(answer, type=RewardResponse).results


def answers(number: int, message: Message) -> Iterator[dict[str, str]]:
    for name, policy in POLICIES.items():
        yield {
            "id": f"{number}/{name}",
            "group": str(number),
            "prompt": message.text,
            "completion": f'{{"label": "{policy(message.text)}"}}',
            "ground_truth": message.label,
        }


def refuse_holes(results: Sequence[Result]) -> None:
    causes = sorted({str(result.cause) for result in results if result.reward is None})
    if causes:
        raise SystemExit(f"some answers could not be scored: {', '.join(causes)}")


def means(results: Sequence[Result]) -> tuple[float, float]:
    """Average the rewards: plainly, and weighted, which gives the mean of the labels' recalls."""
    rewards = [result.reward or 0.0 for result in results]
    weights = [result.advantage_weight or 0.0 for result in results]
    weighted = fsum(weight * reward for weight, reward in zip(weights, rewards, strict=True))
    return fsum(rewards) / len(rewards), weighted / fsum(weights)


if __name__ == "__main__":
    main()
