"""What several commands of `gavel rubric` read: the layout of completions, a rubric for it, a tokenizer."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from judges.prompts.token_count import CountTokens
    from rubrics.layout import Layout
    from rubrics.problems import Problem
    from rubrics.rubric import Rubric

ESTIMATE = "an estimate: four bytes a token (--tokenizer counts)"
EXACT = "by the tokenizer; what a chat template adds comes on top"


class PromptLayouts(StrEnum):
    """Where the judge reads a criterion."""

    CRITERION_LAST = "criterion_last"
    LISTED = "listed"


def completion_layout(reward: Path | None) -> "Layout":
    """Where completions have their reasoning and answer, from a reward file. Raises ConfigError."""
    from rubrics.binding import bind
    from rubrics.document import load
    from rubrics.layout import PLAIN, Layout

    if reward is None:
        return PLAIN
    document = load(reward)
    if not isinstance(document.data, dict) or "completion" not in document.data:
        return PLAIN
    return bind(Layout, document, document.data["completion"], ("completion",))


def open_rubric(path: Path, layout: "Layout", reward: Path | None) -> "Rubric":
    """Load a rubric for completions of this layout. Raises ConfigError."""
    from rubrics.problems import ConfigError
    from rubrics.rubric_file import build_rubric, layout_problems, load_resolved

    document = load_resolved(path)
    rubric = build_rubric(document)
    problems = layout_problems(rubric, document, layout)
    if problems and reward is None:
        hint = "name the reward file that declares it: --reward reward.yaml"
        problems = [_with_hint(problem, hint) for problem in problems]
    if problems:
        raise ConfigError(problems)
    return rubric


def _with_hint(problem: "Problem", hint: str) -> "Problem":
    from msgspec.structs import replace

    return replace(problem, hint=hint)


def token_count(tokenizer: Path | None) -> "tuple[CountTokens, str]":
    """How tokens are counted, and what to say of that. Raises ConfigError."""
    from judges.prompts.token_count import estimated
    from reward_server.grading.tokens import TokenCounter
    from rubrics.problems import ConfigError

    if tokenizer is None:
        return estimated, ESTIMATE
    try:
        return TokenCounter.load(tokenizer).count_each, EXACT
    except ImportError:
        hint = "pip install tokenizers, or leave --tokenizer out for an estimate"
        raise ConfigError("--tokenizer needs the package tokenizers", hint=hint) from None
    except OSError as error:
        raise ConfigError(f"cannot read {tokenizer}: {error.strerror}") from error
    except ValueError as error:
        hint = "name a Hugging Face tokenizer.json (tokenizer_config.json and vocab files are not enough)"
        raise ConfigError(f"{tokenizer} is not a tokenizer: {str(error)[:120]}", hint=hint) from error
