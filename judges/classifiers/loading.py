"""Loads a sequence classification model. Imports torch."""

from transformers import AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from judges.classifiers.chat import ChatTemplate
from judges.classifiers.encoding import Encoder
from judges.classifiers.finding import Activation
from judges.classifiers.sequence_model import BatchingScorer, SequenceModel
from judges.classifiers.transformers_options import TransformersOptions
from judges.in_process.weights import Source, context, fetch
from rubrics.problems import ConfigError, did_you_mean

_UNTOLD = 8192
"""Tokens that a model reads of which nothing says how many it reads."""
_UNKNOWN = 10**9
"""What a tokenizer says that does not know is longer."""
_SUGGESTION = "is it a sequence classification model? A chat model is none; use it as a judge"


def load(options: TransformersOptions) -> BatchingScorer:
    """Load the model. Raises ConfigError."""
    source = Source(
        options.model,
        options.revision,
        options.download,
        options.dtype,
        options.tokenizer,
        trust_code=options.trust_remote_code,
    )
    model, tokenizer = fetch(AutoModelForSequenceClassification, source, options.device, _SUGGESTION)
    pad = _pad(model, tokenizer)
    scoring = SequenceModel(
        model,
        _encoder(options, model, tokenizer),
        0 if pad is None else pad,
        label_of(options.label, dict(model.config.id2label)),
        _activation(options.activation, model),
        types="token_type_ids" in tokenizer.model_input_names,
    )
    return BatchingScorer(scoring, options.max_batch if pad is not None else 1, options.max_tokens_in_batch)


def label_of(wanted: int | str | None, names: dict[int, str]) -> int:
    """The place of a label by name or place; of a model with one label, that one. Raises ConfigError."""
    if wanted is None and len(names) == 1:
        return 0
    if isinstance(wanted, int) and wanted in names:
        return wanted
    for place, name in names.items():
        if name == wanted:
            return place
    told = ", ".join(f"{place} ({name})" for place, name in sorted(names.items())[:20])
    if wanted is None:
        raise ConfigError(f"the model has {len(names)} labels", hint=f"say which with `label`: {told}")
    hint = did_you_mean(str(wanted), list(names.values())) or f"its labels: {told}"
    raise ConfigError(f"the model has no label `{wanted}`", hint=hint)


def _encoder(
    options: TransformersOptions, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> Encoder:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        hint = "save it with `AutoTokenizer.from_pretrained(...).save_pretrained(...)`"
        raise ConfigError("the model has no fast tokenizer (tokenizer.json)", hint=hint)
    nothing = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.pad_token_id
    return Encoder.over(
        backend,
        _limit(options, model, tokenizer),
        truncate=options.truncate,
        template=options.template,
        chat=ChatTemplate(tokenizer) if tokenizer.chat_template is not None else None,
        nothing=nothing or 0,
    )


def _limit(options: TransformersOptions, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    if options.max_tokens is not None:
        return context(model, options.max_tokens)
    told = int(tokenizer.model_max_length)
    return context(model, told if told < _UNKNOWN else _UNTOLD)


def _pad(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int | None:
    """The padding token, which the model then knows as well; None where neither has one."""
    text = model.config.get_text_config()
    if getattr(text, "pad_token_id", None) is None:
        text.pad_token_id = model.config.pad_token_id = tokenizer.pad_token_id
    pad: int | None = text.pad_token_id
    return pad


def _activation(wanted: Activation, model: PreTrainedModel) -> Activation:
    several = getattr(model.config, "problem_type", None) == "multi_label_classification"
    return "sigmoid" if wanted == "auto" and several else wanted
