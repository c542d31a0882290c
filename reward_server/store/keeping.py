"""What is kept of a text: all of it, nothing, or what no pattern matches. As bytes of JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from reward_server.store.content import Content, cleaned, cleaned_json, without_text
from reward_server.store.options import StoreOptions
from reward_server.wire.egress import encode
from rubrics.problems import ConfigError
from rubrics.rollout import Turns

if TYPE_CHECKING:
    import re2

REDACTED = "[redacted]"


class Keeping(Protocol):
    """Writes what may be kept."""

    def content(self, content: Content) -> bytes:
        """A rollout's content."""
        ...

    def prompt(self, prompt: Turns) -> bytes | None:
        """A prompt; None where none is kept."""
        ...


class Everything:
    """Keeps all."""

    def content(self, content: Content) -> bytes:
        return encode(content)

    def prompt(self, prompt: Turns) -> bytes | None:
        return encode(prompt)


class Numbers:
    """Keeps no text."""

    def content(self, content: Content) -> bytes:
        return encode(without_text(content))

    def prompt(self, prompt: Turns) -> bytes | None:  # noqa: ARG002 - Keeping's signature
        return None


class Redacted:
    """Keeps what no pattern matches, key by key and value by value."""

    def __init__(self, patterns: "Sequence[re2._Regexp[str]]") -> None:
        self._patterns = patterns

    def content(self, content: Content) -> bytes:
        return encode(cleaned(content, self._clean))

    def prompt(self, prompt: Turns) -> bytes | None:
        return encode(cleaned_json(msgspec.to_builtins(prompt), self._clean))

    def _clean(self, text: str) -> str:
        try:
            return self._without(text)
        except UnicodeEncodeError:  # a lone surrogate
            return self._without(text.encode("utf-8", "replace").decode())

    def _without(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(REDACTED, text)
        return text


def keeping(options: StoreOptions) -> Keeping:
    """What the options say is kept. Raises ConfigError for what is no pattern."""
    if options.text == "none":
        return Numbers()
    return Redacted([_compiled(pattern) for pattern in options.redact]) if options.redact else Everything()


def _compiled(pattern: str) -> "re2._Regexp[str]":
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ConfigError(f"--redact {ascii(pattern)[:80]} is no RE2 pattern: {why[:120]}") from None
