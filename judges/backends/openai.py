"""A judge behind an OpenAI-compatible chat completions URL: vLLM, SGLang, llama.cpp, TGI, hosted APIs."""

from functools import partial
from urllib.parse import urlsplit, urlunsplit

from judges.backend import Endpoints
from judges.backends.chat_completions import ChatCompletions
from judges.backends.openai_options import OpenaiOptions
from judges.secrets import api_key
from judges.transport.place import Place, addresses, addresses_now


class Openai(OpenaiOptions):
    """An OpenAI-compatible endpoint. The key comes from the environment, never from this file."""

    def open(self) -> ChatCompletions:
        return self._open(self.base_url[0])

    def endpoints(self) -> Endpoints:
        return self._replicas(
            {url: _looked_up(url) if self.resolve else {url: None} for url in self.base_url}
        )

    async def discover(self) -> Endpoints | None:
        if not self.resolve:
            return None
        return self._replicas({url: named(url, await addresses(Place.of(url))) for url in self.base_url})

    def _replicas(self, found: dict[str, dict[str, str | None]]) -> Endpoints:
        """What opens each replica, from the addresses by name at each URL."""
        return {
            name: partial(self._open, url, address)
            for url, replicas in found.items()
            for name, address in replicas.items()
        }

    def _open(self, url: str, address: str | None = None) -> ChatCompletions:
        return ChatCompletions(self, url, api_key(self.api_key_env), address)


def named(url: str, found: list[str]) -> dict[str, str | None]:
    """The addresses behind a URL's host, each under the URL that it would have by itself."""
    parts, port = urlsplit(url), Place.of(url).port
    hosts = {address: f"[{address}]" if ":" in address else address for address in found}
    return {urlunsplit(parts._replace(netloc=f"{host}:{port}")): address for address, host in hosts.items()}


def _looked_up(url: str) -> dict[str, str | None]:
    """The addresses behind a URL by name; while the name is unknown, the URL itself."""
    try:
        return named(url, addresses_now(Place.of(url)))
    except OSError:
        return {url: None}
