"""The main job, end to end: a simulated judge, a reward URL, and 72 rollouts scored through it.

Run it with `make demo`. No key, no GPU, no network; both servers are real processes on free loopback ports.
"""

import sys
from pathlib import Path

import msgspec
from rich.console import Console

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from serving import post, running  # noqa: E402 - the examples' own helper, beside this folder

from reward_server.table import show  # noqa: E402
from reward_server.wire.native import ComponentResult, Result, RewardResponse  # noqa: E402


def main() -> None:
    quiet = {"GAVEL_LOG_LEVEL": "warning"}
    rollouts = [msgspec.json.decode(line) for line in (HERE / "rollouts.jsonl").read_bytes().splitlines()]
    with (
        running("judge", "sim") as judge,
        running("serve", str(HERE / "reward.yaml"), environment={"OPENAI_BASE_URL": judge, **quiet}) as url,
    ):
        answer = post(url, {"rollouts": rollouts, "detail": "verdicts"})
    report(msgspec.json.decode(answer, type=RewardResponse))


def report(response: RewardResponse) -> None:
    console = Console(highlight=False)
    summary = response.summary
    print(
        f"\n{summary.rollouts} rollouts in {summary.groups} groups, scored in {response.timing.total_s:.2f} s"
    )
    print("The judge is simulated: its verdicts follow word overlap, not understanding.")
    show(summary, console)
    by_id = {result.id: result for result in response.results}
    print("\nA good rollout, explained:")
    explain(by_id["p1-good"], console)
    print("\nAnd one that repeats the rubric's words, which this judge falls for and a real one should not:")
    explain(by_id["p3-hack-stuffing"], console)
    print(
        "\nnext (`source .venv/bin/activate` first):\n"
        "  gavel check examples/moderation/reward.yaml   what this reward computes, and what to mend\n"
        "  gavel init my-reward                          a reward of your own to start from\n"
        "  gavel serve my-reward/reward.yaml             and the URL for your trainer"
    )


def explain(result: Result, console: Console) -> None:
    reward = f"unscored ({result.cause})" if result.reward is None else f"reward {result.reward:.3f}"
    weight = "none" if result.advantage_weight is None else f"{result.advantage_weight:.2f}"
    print(f"  {result.id}: {reward}, advantage weight {weight}")
    for name, part in (result.components or {}).items():
        console.print(f"    {earned(part)} {name:<10} {part.reason or ''}", markup=False)


def earned(part: ComponentResult) -> str:
    if part.value is None or part.weighted is None:
        return f"unscored ({part.cause})"
    return f"{part.weighted:.3f} = {part.weight:.2f} x {part.value:.3f}"


if __name__ == "__main__":
    main()
