"""What `local` and `vllm` are told alike."""

from typing import Annotated, Literal

from pydantic import Field

from judges.backend import JudgeOptions
from judges.in_process.folder import identity
from judges.request import Form
from rubrics.rollout import Json


class OwnModel(JudgeOptions):
    """A model that the judge loads itself. Nothing is downloaded unless `download` says so."""

    model: Annotated[str, Field(min_length=1)]
    """Folder of a saved model tuned for chat, or its name on the hub."""
    revision: str | None = None
    """Branch, tag or commit on the hub; a commit is the only one that cannot change."""
    download: bool = False
    """Whether a model that is not on this machine may be fetched from the hub."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """What the model computes in. `auto`: what it was saved in; with vLLM 16 bits, whatever it was saved in.
    Only in float32 does a verdict not depend, in its second or third digit, on what else is in the batch."""
    chat_template_kwargs: Annotated[dict[str, Json], Field(default_factory=dict)]
    """Variables for the model's chat template, such as `enable_thinking: false`."""
    top_logprobs: Annotated[int, Field(ge=1, le=1000)] = 20
    """Alternatives for the answer's token, among which all spellings of an answer are summed."""

    @property
    def hedged(self) -> bool:
        """No: a second call would only wait for the same model."""
        return False

    @property
    def draws(self) -> bool:
        """No: it writes what is most probable."""
        return False

    def known_form(self) -> Form:
        return super().known_form() or "token"

    def identity(self) -> Json:
        """What the model is, wherever its folder stands."""
        said = super().identity()
        assert isinstance(said, dict)
        kept = {name: value for name, value in said.items() if name not in {"model", "revision", "download"}}
        return {**kept, "model": identity(self.model, self.revision)}
