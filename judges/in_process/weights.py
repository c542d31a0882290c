"""A model and its tokenizer, out of a folder or, where that was asked for, from the hub. Imports torch."""

from typing import Any

import msgspec
import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from rubrics.problems import ConfigError


class Source(msgspec.Struct, frozen=True):
    """Where a model is and how it is taken."""

    model: str
    revision: str | None
    download: bool
    dtype: str
    tokenizer: str | None = None
    """Where the tokenizer is; None: with the model."""
    trust_code: bool = False
    """Whether Python code in the model's folder is run."""


def fetch(
    kind: Any, source: Source, device: str, suggestion: str
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a model of `kind`, one of transformers' Auto classes, onto `device`.

    Raises ConfigError, for missing weights with `suggestion`.
    """
    try:
        model, tokenizer = _fetch(kind, source, suggestion)
        return model.to(_chosen(device)).eval().requires_grad_(False), tokenizer
    except ConfigError:
        raise
    except Exception as error:  # two libraries and a folder of files: anything may be raised
        raise _explained(error, source) from error


def context(model: PreTrainedModel, max_tokens: int) -> int:
    """How many tokens a model reads, at most `max_tokens`."""
    reads = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return min(reads or max_tokens, max_tokens)


def _fetch(kind: Any, source: Source, suggestion: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    where = {
        "local_files_only": not source.download,
        "trust_remote_code": source.trust_code,  # left out, transformers asks at the terminal
    }
    revision = source.revision or "main"
    of_tokenizer = revision if source.tokenizer is None else "main"
    tokenizer = AutoTokenizer.from_pretrained(
        source.tokenizer or source.model, revision=of_tokenizer, **where
    )
    model, found = kind.from_pretrained(
        source.model, revision=revision, dtype=source.dtype, output_loading_info=True, **where
    )
    if missing := sorted(found["missing_keys"]):
        # They would be drawn at random, and so would the verdicts.
        message = f"the model {source.model} has no weights for `{missing[0]}`"
        raise ConfigError(message, hint=suggestion)
    return model, tokenizer


def _chosen(device: str) -> torch.device:
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _explained(error: Exception, source: Source) -> ConfigError:
    lines = str(error).strip().splitlines() or [""]
    message = f"cannot load the model {source.model}: {type(error).__name__}: {lines[0]:.200}"
    if isinstance(error, OSError) and not source.download:
        hint = "give the folder of a saved model; or `download: true`, to fetch a model from the hub"
        return ConfigError(message, hint=hint)
    return ConfigError(message)
