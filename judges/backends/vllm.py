"""A judge on a vLLM engine of this process's own, where vLLM is installed.

No HTTP in between, and the engine lives and dies with the judge. Where trainer and judge are apart, or
several processes share one judge, run vLLM as a server and use `openai`.
"""

from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, Field

from judges.backend import Backend, Endpoints
from judges.in_process.folder import check_folder
from judges.in_process.options import OwnModel
from rubrics.problems import ConfigError
from rubrics.rollout import Json

_OURS = frozenset({"model", "revision", "dtype", "max_logprobs", "enable_log_requests", "disable_log_stats"})


def _additional(engine: dict[str, Json]) -> dict[str, Json]:
    taken = sorted(_OURS & engine.keys())
    if taken:
        raise ValueError(f"`{taken[0]}` is not for `engine`: the judge sets it")
    return engine


class Vllm(OwnModel):
    """A vLLM engine in this process. Nothing is downloaded unless `download` says so."""

    engine: Annotated[dict[str, Json], Field(default_factory=dict), AfterValidator(_additional)]
    """Further arguments of vLLM's `AsyncEngineArgs`, such as `tensor_parallel_size: 2`."""

    def open(self) -> Backend:
        check_folder(self.model)
        if find_spec("vllm") is None:
            raise ConfigError(
                "a `vllm` judge needs vLLM, which is not installed here",
                hint="install it beside gavel, or run `vllm serve` and use `openai` with its URL",
            )
        from judges.in_process.vllm_engine import start

        return start(self, self.engine)

    def endpoints(self) -> Endpoints:
        """The one engine, started now: that takes too long to do between two requests."""
        engine = self.open()
        return {"": lambda: engine}
