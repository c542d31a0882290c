"""A judge in this process: a causal language model run by transformers, on a CPU or a GPU.

For trying out a rubric without a server, and for small judges beside a small training run. A busy judge is
better served by vLLM behind a URL (`openai`). docs/local-judge.md has the whole story.
"""

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from typing import Annotated

from pydantic import Field

from judges.backend import Backend, Endpoints
from judges.in_process.folder import check_folder
from judges.in_process.options import OwnModel
from rubrics.problems import ConfigError
from rubrics.rollout import Json


class Local(OwnModel):
    """A causal language model in this process. Nothing is downloaded unless `download` says so."""

    device: str | Annotated[list[str], Field(min_length=1)] = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes a GPU where there is one. A list puts a copy on each."""
    max_batch: Annotated[int, Field(ge=1)] = 32
    """Prompts that go through the model together, at most."""
    max_tokens_in_batch: Annotated[int, Field(ge=64)] = 16384
    """Tokens that go through the model together, padding included, at most: what bounds the memory. A longer
    prompt is rejected."""

    def open(self) -> Backend:
        return self._on(self._devices()[0])

    def endpoints(self) -> Endpoints:
        """A replica on each device, loaded now: a model takes too long to load between two requests."""
        loaded = {device: self._on(device) for device in self._devices()}
        return {device: partial(loaded.__getitem__, device) for device in loaded}

    def identity(self) -> Json:
        """What the model is, wherever its folder stands and whatever it runs on."""
        said = super().identity()
        assert isinstance(said, dict)
        return {name: said[name] for name in said.keys() - {"device", "max_batch", "max_tokens_in_batch"}}

    def _devices(self) -> Sequence[str]:
        return [self.device] if isinstance(self.device, str) else list(dict.fromkeys(self.device))

    def _on(self, device: str) -> Backend:
        check_folder(self.model)
        missing = [package for package in ("torch", "transformers") if find_spec(package) is None]
        if missing:
            hint = "pip install 'gavel-rl[local]'"
            raise ConfigError(f"a `local` judge needs {' and '.join(missing)}, not installed here", hint=hint)
        from judges.in_process.batching import BatchingBackend
        from judges.in_process.loading import load

        model = load(self, device, self.max_tokens_in_batch)
        return BatchingBackend(model, self.max_batch, self.max_tokens_in_batch)
