"""`gavel rubric render`: what a judge is sent for a rollout, and what is decided without it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.rubric.inputs import PromptLayouts, completion_layout, open_rubric, token_count

if TYPE_CHECKING:
    from judges.prompts.rendering import Rendering
    from reward_server.wire.ingress import Batch
    from rubrics.rollout import Json, Rollout
    from rubrics.rubric import PromptLayout, Rubric


def render(
    rubric: Annotated[Path, typer.Argument(help="Rubric file.")],
    rollout: Annotated[Path, typer.Option(help="Rollouts as JSONL, one wire-format rollout a line.")],
    index: Annotated[int, typer.Option(min=0, help="Which rollout of the file, from 0.")] = 0,
    reward: Annotated[
        Path | None,
        typer.Option("--reward", "-r", help="Reward file that says how completions are laid out."),
    ] = None,
    layout: Annotated[
        PromptLayouts | None, typer.Option(help="Show this layout. Left out: the rubric's own.")
    ] = None,
    criterion: Annotated[
        str | None, typer.Option(help="Show the prompt of this criterion alone, asked or not.")
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Count tokens by this tokenizer.json instead of estimating.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with the messages as sent.")] = False,
) -> None:
    """Show the messages that a judge gets for a rollout, and how many tokens each part has. Asks nobody."""
    from judges.prompts.rendering import render as rendered
    from reward_server.cli.rubric.rendering_text import show
    from reward_server.offline import read_batch

    parts = completion_layout(reward)
    loaded = open_rubric(rubric, parts, reward)
    _known(loaded, criterion)
    found = _rollout(read_batch(rollout, parts), rollout, index)
    count, counted = token_count(tokenizer)
    shown: PromptLayout = layout.value if layout else loaded.layout or "criterion_last"
    rendering = rendered(loaded, found, shown, count, criterion)
    if as_json:
        typer.echo(json.dumps(_data(loaded, rendering, counted), indent=2))  # ASCII: nothing in it is obeyed
    else:
        show(loaded, rendering, counted)


def _known(rubric: "Rubric", criterion: str | None) -> None:
    """Raise ConfigError where `--criterion` names none that a judge could be asked."""
    from rubrics.problems import ConfigError, did_you_mean

    asked = [known.id for known in rubric.judged if known.ask is not None]
    if criterion is None or criterion in asked:
        return
    if any(known.id == criterion for known in rubric.criteria):
        hint = "leave --criterion out to see what it found"
        raise ConfigError(f"`{criterion}` asks no judge, so it has no prompt", hint=hint)
    hint = did_you_mean(criterion, asked) or "it asks no judge at all"
    raise ConfigError(f"the rubric has no criterion {ascii(criterion)[:80]}", hint=hint)


def _rollout(batch: "Batch", path: Path, index: int) -> "Rollout":
    """The rollout on the given line, wherever its group put it."""
    from rubrics.problems import ConfigError

    for group, positions in zip(batch.groups, batch.positions, strict=True):
        if index in positions:
            return group.rollouts[positions.index(index)]
    held = sum(map(len, batch.groups))
    raise ConfigError(f"{path} has no rollout {index}", hint=f"it holds {held}, and they are counted from 0")


def _data(rubric: "Rubric", rendering: "Rendering", counted: str) -> "Json":
    import msgspec

    from judges.prompts.framing import PROMPT_VERSION

    outcome = msgspec.to_builtins(rendering.outcome)
    if outcome is not None:
        del outcome["verdicts"]  # they are in `settled`
    questions = msgspec.to_builtins(rendering.questions)
    for question in questions:
        del question["pieces"]  # the messages hold them
    return {
        "rubric": rubric.id,
        "version": rubric.version,
        "digest": rubric.digest,
        "prompt_version": PROMPT_VERSION,
        "rollout": rendering.rollout,
        "layout": rendering.layout,
        "settled": msgspec.to_builtins(rendering.settled),
        "outcome": outcome,
        "questions": questions,
        "tokens_counted": counted,
    }
