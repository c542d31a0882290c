"""What a classification model says: logits, and the one label that is asked about. Pure."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from judges.backend_error import BackendError
from rubrics.cause import Cause

Activation = Literal["auto", "sigmoid", "softmax"]
"""How logits become a probability. `auto`: sigmoid of a single logit, softmax over several."""


class Finding(msgspec.Struct, frozen=True):
    """The asked label's logit, and its probability."""

    logit: float
    probability: float
    """In [0, 1]."""


def find(logits: Sequence[float], label: int, activation: Activation) -> Finding:
    """Read one label. Raises BackendError where these are not the logits of a model that has it."""
    if not logits or not all(map(math.isfinite, logits)):
        raise BackendError(Cause.JUDGE_GARBLED, "the model gave no finite number")
    if label >= len(logits):
        raise BackendError(Cause.JUDGE_REJECTED, f"the model has {len(logits)} labels, and no label {label}")
    if activation == "sigmoid" or (activation == "auto" and len(logits) == 1):
        return Finding(logits[label], sigmoid(logits[label]))
    return Finding(logits[label], _share(logits, label))


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)), without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1.0 + grown)


def _share(logits: Sequence[float], label: int) -> float:
    most = max(logits)
    return math.exp(logits[label] - most) / math.fsum(math.exp(logit - most) for logit in logits)
