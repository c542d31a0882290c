"""What rubric's `PerCriterionGrader` sends. It has no guidelines: they stand before the query."""

import asyncio
from collections.abc import Iterable

from rubric import PerCriterionOutput, Rubric
from rubric.autograders import PerCriterionGrader

from benchmarks.prompts.evidence import Messages, Work, write


def prompts(work: Work) -> Iterable[Messages]:
    """All of its prompts, rollout by rollout, for which it is made to grade."""
    sent: list[Messages] = []

    async def generate(system_prompt: str, user_prompt: str) -> PerCriterionOutput:
        sent.append([{"role": "system", "content": system_prompt}, {"role": "user", "content": user_prompt}])
        return PerCriterionOutput(criterion_status="MET", explanation="")

    asyncio.run(_grade(work, PerCriterionGrader(generate_fn=generate)))
    return sent


async def _grade(work: Work, grader: PerCriterionGrader) -> None:
    rubric = Rubric.from_dict([{"weight": 1.0, "requirement": statement} for statement in work.statements])
    for rollout in work.rollouts:
        query = f"{work.guidelines}\n\n{rollout.post}"
        await rubric.grade(query=query, to_grade=rollout.response, autograder=grader)


if __name__ == "__main__":
    write(prompts)
