"""A classifier behind the URL of a vLLM server that serves a classification or reward model."""

from judges.classifiers.scorer import Scorer
from judges.classifiers.vllm_options import VllmOptions
from judges.secrets import api_key


class Vllm(VllmOptions):
    """A vLLM server: `/classify` for texts and conversations, `/score` for pairs without a template."""

    def open(self) -> Scorer:
        from judges.classifiers.http import HttpScorer  # asyncio, which `gavel check` need not wait for

        return HttpScorer(self, api_key(self.api_key_env))
