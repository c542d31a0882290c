"""What a `transformers` classifier is told."""

from typing import Annotated, Literal

from pydantic import Field

from judges.classifiers.options import ClassifierOptions
from judges.in_process.folder import identity
from rubrics.rollout import Json

_PLACE = {"model", "revision", "download", "tokenizer", "device", "max_batch", "max_tokens_in_batch"}


class TransformersOptions(ClassifierOptions):
    """Which model it is, and what it runs on."""

    model: Annotated[str, Field(min_length=1)]
    """Folder of a saved sequence classification model, or its name on the hub."""
    tokenizer: Annotated[str, Field(min_length=1)] | None = None
    """Folder of its tokenizer, or a name on the hub; left out: the model's own."""
    revision: str | None = None
    """Branch, tag or commit on the hub; a commit is the only one that cannot change."""
    download: bool = False
    """Whether a model that is not on this machine may be fetched from the hub."""
    trust_remote_code: bool = False
    """Whether Python code that comes with the model is run, with all rights of this process, as HHEM 2.1
    needs. Read the code first and name a commit as `revision`."""
    label: Annotated[int, Field(ge=0)] | str | None = None
    """The label whose probability is wanted, by place or by the name in the model's config. Needed where the
    model has several."""
    max_tokens: Annotated[int, Field(ge=8)] | None = None
    """Tokens of one text, or of a pair, at most; left out: what the model and its tokenizer allow, and 8,192
    where neither tells."""
    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes a GPU where there is one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """What the model computes in; `auto`: what it was saved in. Only in float32 does a value not depend, in
    its second or third digit, on what else is in the batch."""
    max_batch: Annotated[int, Field(ge=1)] = 256
    """Texts that are taken up together, at most."""
    max_tokens_in_batch: Annotated[int, Field(ge=64)] = 16384
    """Tokens that go through the model together, padding included, at most: what bounds the memory. A
    longer text goes alone."""

    def identity(self) -> Json:
        """What the model is, wherever its folder stands and whatever it runs on."""
        said = super().identity()
        assert isinstance(said, dict)
        kept = {name: value for name, value in said.items() if name not in _PLACE}
        tokenizer = None if self.tokenizer is None else identity(self.tokenizer, None)
        return {**kept, "model": identity(self.model, self.revision), "tokenizer": tokenizer}
