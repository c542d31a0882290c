"""Options that `gavel rubric cost` and `gavel plan` have alike: the step, its judges, and what they read."""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli.options import finite

Sample = Annotated[
    Path | None, typer.Option(help="Rollouts as JSONL: measure lengths, and what code decides, in these.")
]
Reward = Annotated[
    Path | None,
    typer.Option("--reward", "-r", help="Reward file that says how completions are laid out."),
]
Tokenizer = Annotated[
    Path | None, typer.Option(help="Count tokens by this tokenizer.json instead of estimating.")
]
DecodeTokens = Annotated[int, typer.Option(min=1, help="Tokens of a verdict.")]
ReasonTokens = Annotated[int, typer.Option(min=1, help="Tokens of reasoning that comes first.")]
QuoteTokens = Annotated[int, typer.Option(min=1, help="Tokens of a quotation.")]
Judges = Annotated[int, typer.Option(min=1, help="Judges of the panel.")]
Replicas = Annotated[int, typer.Option(min=1, help="Replicas of each judge.")]
PrefillTps = Annotated[
    float | None, typer.Option(callback=finite, help="Prompt tokens a replica computes a second.")
]
DecodeTps = Annotated[
    float | None,
    typer.Option(callback=finite, help="Tokens a replica writes a second, all calls together."),
]
