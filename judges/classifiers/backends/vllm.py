"""A classifier behind the URL of a vLLM server that serves a classification or reward model."""

from judges.classifiers.scorer import Scorer
from judges.classifiers.vllm_options import VllmOptions
from judges.secrets import secret
from rubrics.problems import ConfigError


class Vllm(VllmOptions):
    """A vLLM server: `/classify` for texts and conversations, `/score` for pairs without a template."""

    def open(self) -> Scorer:
        from judges.classifiers.http import HttpScorer  # asyncio, which `gavel check` need not wait for

        return HttpScorer(self, _key(self.api_key_env))


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = secret(variable)
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{variable} holds characters that no key has", hint="was the wrong file named?")
    return key or None
