"""Token counts: the trainer's own where it sends them, a tokenizer file's otherwise."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Rollout

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from reward_server.reward.surroundings import Surroundings


class TokenCounter:
    """Counts tokens with a Hugging Face `tokenizer.json`. Slow (1 to 2 ms for 1,000 tokens): use a thread."""

    def __init__(self, tokenizer: "Tokenizer", digest: str) -> None:
        tokenizer.no_truncation()  # the file may ask for it, and a cut text has the wrong length
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.digest = digest
        """SHA-256 of the file, in hexadecimal."""

    @classmethod
    def load(cls, path: Path) -> "TokenCounter":
        """Read a `tokenizer.json`. Raises ImportError, OSError, or ValueError for what is not a tokenizer."""
        from tokenizers import Tokenizer

        raw = path.read_bytes()
        try:
            tokenizer = Tokenizer.from_buffer(raw)
        except Exception as error:  # the package raises bare Exception
            raise ValueError(str(error)) from error
        return cls(tokenizer, hashlib.sha256(raw).hexdigest())

    def count(self, text: str) -> int:
        """Tokens in `text`, without the special tokens that a chat template would add around it."""
        # of the package's ways to encode, this one is the fastest and the one that releases the GIL
        return len(self._tokenizer.encode_batch_fast([_repaired(text)], add_special_tokens=False)[0])

    def count_each(self, pieces: Sequence[str]) -> list[int]:
        """Tokens of each piece of one text. A token that lies across two is counted with the later one."""
        text = "".join(repaired := [_repaired(piece) for piece in pieces])
        ends = list(accumulate(map(len, repaired)))
        counts = [0] * len(pieces)
        tokens = self._tokenizer.encode(text, add_special_tokens=False).offsets if text else ()
        for _, end in tokens:  # a tokenizer may leave spaces out of a token's place, to its very end
            counts[bisect_right(ends, max(0, end - 1))] += 1
        return counts


def _repaired(text: str) -> str:
    """Lone surrogates, which no tokenizer can read, as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def open_tokenizer(name: str, surroundings: "Surroundings") -> TokenCounter:
    """The tokenizer file a component's `tokenizer` option names. Raises ConfigError at that option."""
    try:
        path = surroundings.locate(name)
    except ConfigError as error:
        first = error.problems[0]
        raise surroundings.error(first.message, "tokenizer", hint=first.hint) from None
    try:
        return TokenCounter.load(path)
    except ImportError:
        hint = "pip install 'gavel-rl[local]', or leave it out and let the trainer send completion_tokens"
        raise surroundings.error("`tokenizer` needs the package tokenizers", "tokenizer", hint=hint) from None
    except OSError as error:
        raise surroundings.error(f"cannot read {path}: {error.strerror}", "tokenizer") from error
    except ValueError as error:
        hint = "name a Hugging Face tokenizer.json (tokenizer_config.json and vocab files are not enough)"
        message = f"{path} is not a tokenizer: {str(error)[:120]}"
        raise surroundings.error(message, "tokenizer", hint=hint) from error


def completion_tokens(rollout: Rollout, counter: TokenCounter | None) -> int | Unscored:
    """Length of the whole completion in tokens: the trainer's count, or else the tokenizer's."""
    if rollout.completion_tokens is not None:
        return rollout.completion_tokens
    if counter is None:
        return Unscored(Cause.MISSING_FIELD, "no completion_tokens, and no `tokenizer` to count them")
    return counter.count(rollout.completion.text)
