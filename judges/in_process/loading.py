"""Loads a model from its folder, or from the hub where that was asked for. Imports torch."""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from judges.in_process.causal_model import CausalModel
from judges.in_process.chat import Chat
from judges.in_process.options import OwnModel
from rubrics.problems import ConfigError


def load(options: OwnModel, device: str, max_tokens: int) -> CausalModel:
    """Load the model onto `device`, to read prompts of up to `max_tokens`. Raises ConfigError."""
    try:
        model, tokenizer = _fetch(options)
        model = model.to(_chosen(device)).eval().requires_grad_(False)
    except ConfigError:
        raise
    except Exception as error:  # two libraries and a folder of files: anything may be raised
        raise _explained(error, options) from error
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    chat = Chat(tokenizer, options.chat_template_kwargs, min(context or max_tokens, max_tokens))
    return CausalModel(model, tokenizer, chat, options.model, options.top_logprobs)


def _fetch(options: OwnModel) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    source = {
        "revision": options.revision or "main",
        "local_files_only": not options.download,
        "trust_remote_code": False,  # left out, transformers asks at the terminal
    }
    tokenizer = AutoTokenizer.from_pretrained(options.model, **source)
    model, found = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=options.dtype, output_loading_info=True, **source
    )
    if missing := sorted(found["missing_keys"]):
        # They would be drawn at random, and so would the verdicts.
        raise ConfigError(
            f"the model {options.model} has no weights for `{missing[0]}`",
            hint="is it a causal language model? A reward model or a classifier is none",
        )
    return model, tokenizer


def _chosen(device: str) -> torch.device:
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _explained(error: Exception, options: OwnModel) -> ConfigError:
    lines = str(error).strip().splitlines() or [""]
    message = f"cannot load the model {options.model}: {type(error).__name__}: {lines[0]:.200}"
    if isinstance(error, OSError) and not options.download:
        hint = "give the folder of a saved model; or `download: true`, to fetch a model from the hub"
        return ConfigError(message, hint=hint)
    return ConfigError(message)
