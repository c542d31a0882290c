"""What `gavel connect` prints."""

from collections.abc import Iterator

from reward_server.connect.arithmetic import Step, line, steps
from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer

PAGE = "docs/trainers.md"


def lines(trainer: Trainer, target: Target) -> Iterator[str]:
    """Everything but the look at the server."""
    for snippet in trainer.snippets(target):
        yield from _shown(snippet)
    yield from _arithmetic(trainer, target)
    yield f"An unscored rollout becomes {trainer.unscored}"
    if any(INSTALL in snippet.text for snippet in trainer.snippets(target)):
        yield "`gavel runs show` tells how it goes; GAVEL_RUN=NAME in the trainer's environment names the run"
    yield f"Timeouts, retries and the other trainers: {PAGE}"


def warnings(trainer: Trainer, target: Target, token: str | None) -> Iterator[tuple[str, str]]:
    """What will not work as asked, each with what to do."""
    description = target.description
    if description and description.relative and not trainer.groups:
        yield (
            f"{description.name} compares the rollouts of a group; {trainer.title} tells no groups",
            "serve a reward file without such components, or use a trainer that does: gavel connect trl",
        )
    if target.components and trainer.components:
        yield f"--components changes nothing for {trainer.title}", trainer.components
    if token and not trainer.sends_token:
        yield (
            f"{trainer.title} sends no Authorization header, and GAVEL_TOKEN is set",
            "put it into the URL, http://gavel:TOKEN@host:port/...; who sees the command line sees it, too",
        )
    if trainer.counts is Counts.ROLLOUTS and target.batch_size % target.group_size:
        yield (
            f"{trainer.batch_setting}={target.batch_size} is not a multiple of groups of {target.group_size}",
            f"{trainer.title} counts rollouts: choose a multiple",
        )


def _shown(snippet: Snippet) -> Iterator[str]:
    yield f"# {snippet.about} ({snippet.language})"
    yield snippet.text
    yield ""


def _arithmetic(trainer: Trainer, target: Target) -> Iterator[str]:
    yield f"A step with a batch size of {target.batch_size:,} and groups of {target.group_size}:"
    questions = target.description.questions if target.description else None
    for step in steps(target.batch_size, target.group_size, questions):
        yield f"  counting {step.counts.value + ':':<9} {line(step, target.group_size)}{_mine(trainer, step)}"
    yield f"  The group size is {trainer.group_setting}."
    yield ""


def _mine(trainer: Trainer, step: Step) -> str:
    return f"   <- {trainer.title}: {trainer.batch_setting}" if step.counts is trainer.counts else ""
