"""Loads a causal language model from its folder, or from the hub where that was asked for. Imports torch."""

from transformers import AutoModelForCausalLM

from judges.in_process.causal_model import CausalModel
from judges.in_process.chat import Chat
from judges.in_process.options import OwnModel
from judges.in_process.weights import Source, context, fetch

_SUGGESTION = "is it a causal language model? A reward model or a classifier is none"


def load(options: OwnModel, device: str, max_tokens: int) -> CausalModel:
    """Load the model onto `device`, to read prompts of up to `max_tokens`. Raises ConfigError."""
    source = Source(options.model, options.revision, options.download, options.dtype)
    model, tokenizer = fetch(AutoModelForCausalLM, source, device, _SUGGESTION)
    chat = Chat(tokenizer, options.chat_template_kwargs, context(model, max_tokens))
    return CausalModel(model, tokenizer, chat, options.model, options.top_logprobs)
