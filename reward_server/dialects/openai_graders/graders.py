"""The wire format of graders and of the two requests. Shapes only; `binding` says what they mean."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rubrics.rollout import Json

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Metric = Literal[
    "cosine", "fuzzy_match", "bleu", "gleu", "meteor",
    "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l",
]  # fmt: skip


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    name: Name


class StringCheckGrader(_Shape, frozen=True, tag="string_check"):
    """Compares two texts."""

    input: str
    reference: str
    operation: Literal["eq", "ne", "like", "ilike"]


class TextSimilarityGrader(_Shape, frozen=True, tag="text_similarity"):
    """Measures how alike two texts are."""

    input: str
    reference: str
    evaluation_metric: Metric


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a message."""

    type: Literal["input_text", "output_text", "input_image", "input_audio"]
    text: str | None = None
    image_url: Json = None
    detail: Json = None
    input_audio: Json = None


class GraderMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the grading model is told; its texts may hold variables."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | Part | Sequence[str | Part]
    type: Literal["message"] | None = None


Messages = Annotated[Sequence[GraderMessage], Meta(min_length=1)]


class SamplingParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Taken and not used: the judge's own settings hold."""

    max_completions_tokens: int | None = None
    reasoning_effort: str | None = None
    seed: int | None = None
    temperature: float | None = None
    top_p: float | None = None


class ScoreModelGrader(_Shape, frozen=True, tag="score_model"):
    """Has a judge give a score in a range."""

    model: str
    input: Messages
    range: tuple[float, float] | None = None
    sampling_params: SamplingParams | None = None


class LabelModelGrader(_Shape, frozen=True, tag="label_model"):
    """Has a judge choose a label, of which some pass."""

    model: str
    input: Messages
    labels: Sequence[str]
    passing_labels: Sequence[str]


class PythonGrader(_Shape, frozen=True, tag="python"):
    """Recognised in order to be refused with advice."""

    source: str = ""
    image_tag: str | None = None


class MultiGrader(_Shape, frozen=True, tag="multi"):
    """Computes one score from those of other graders."""

    graders: msgspec.Raw
    """Name -> grader, as OpenAI's guide has it; or one grader, as its SDK has it."""
    calculate_output: str


Leaf = StringCheckGrader | TextSimilarityGrader | ScoreModelGrader | LabelModelGrader | PythonGrader
Grader = Leaf | MultiGrader


class RunRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A grader and the one sample to run it on."""

    grader: msgspec.Raw
    model_sample: str
    item: Json = None


class ValidateRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A grader to look at."""

    grader: msgspec.Raw
