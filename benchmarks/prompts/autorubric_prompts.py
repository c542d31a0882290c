"""What autorubric's `CriterionGrader` sends for a rubric of yes-or-no criteria with its default settings."""

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no price list from the network

from collections.abc import Iterator

from autorubric import Criterion
from autorubric.prompts import GRADER_SYSTEM_PROMPT_DEFAULT, build_user_prompt

from benchmarks.prompts.evidence import Messages, Work, write


def prompts(work: Work) -> Iterator[Messages]:
    """All of its prompts, rollout by rollout."""
    criteria = [Criterion(weight=1.0, requirement=statement) for statement in work.statements]
    for rollout in work.rollouts:
        for criterion in criteria:
            user = build_user_prompt(criterion, rollout.response, rollout.post, guidelines=work.guidelines)
            yield [
                {"role": "system", "content": GRADER_SYSTEM_PROMPT_DEFAULT},
                {"role": "user", "content": user},
            ]


if __name__ == "__main__":
    write(prompts)
