"""How long a call takes: the latency model, as arithmetic."""

from dataclasses import dataclass

BYTES_PER_TOKEN = 4
"""One simulated token is four bytes of UTF-8, the last one possibly shorter."""


def count_tokens(prompt: bytes) -> int:
    """Tokens of a rendered prompt: its UTF-8 bytes divided by four, rounded up."""
    return -(-len(prompt) // BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """The time one call holds its slot, in seconds, before jitter.

    service time = (ttft + computed prompt tokens / prefill_tps + (output tokens - 1) / decode_tps) / speed

    A rate of 0 means infinitely fast. Slots do not slow each other down, so with every slot busy the
    judge as a whole completes slots / service time calls per second.
    """

    ttft: float
    prefill_tps: float
    decode_tps: float
    speed: float = 1.0

    def service_time(self, computed_tokens: int, output_tokens: int) -> float:
        """Seconds for a call whose prompt needs `computed_tokens` after the prefix cache."""
        prefill = _duration(computed_tokens, self.prefill_tps)
        decode = _duration(max(0, output_tokens - 1), self.decode_tps)
        return (self.ttft + prefill + decode) / self.speed


def _duration(tokens: int, tokens_per_second: float) -> float:
    return tokens / tokens_per_second if tokens_per_second else 0.0
