"""Which leading tokens of a prompt an engine has already computed."""

from collections import OrderedDict

from judges.sim.latency import BYTES_PER_TOKEN, count_tokens

BLOCK_TOKENS = 16
"""Tokens in one block, vLLM's default."""
BLOCK_BYTES = BLOCK_TOKENS * BYTES_PER_TOKEN

_ROOT = 0
_Block = tuple[int, bytes]


class PrefixCache:
    """An exact prefix cache of 16-token blocks with least-recently-used eviction.

    It follows vLLM: only whole blocks are shared; a block is found only behind the very blocks it was
    computed behind; the prompt's last token is always computed. A prompt's blocks are shared as soon as it
    is admitted, so siblings that arrive together pay their common prefix once.

    A block is keyed by its parent's number and its own bytes, which makes equality exact: no hash stands
    in for the text.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._blocks: OrderedDict[_Block, int] = OrderedDict()
        self._unused = _ROOT + 1

    def __len__(self) -> int:
        return len(self._blocks)

    def admit(self, prompt: bytes) -> int:
        """Remember `prompt` and return how many of its leading tokens were known before."""
        known, chain = self._walk(prompt)
        # Last block first: a prompt's head then outlives its tail, and no block outlives its parent.
        for block in reversed(chain):
            self._blocks.move_to_end(block)
        while len(self._blocks) > self._capacity:
            self._blocks.popitem(last=False)
        reusable = (count_tokens(prompt) - 1) // BLOCK_TOKENS
        return min(known, reusable) * BLOCK_TOKENS

    def _walk(self, prompt: bytes) -> tuple[int, list[_Block]]:
        """Count the known leading blocks, add the others, and list every whole block, first to last."""
        blocks, known, parent = self._blocks, 0, _ROOT
        chain: list[_Block] = []
        for start in range(0, self._cacheable_bytes(prompt), BLOCK_BYTES):
            block = (parent, prompt[start : start + BLOCK_BYTES])
            found = blocks.get(block)
            if found is None:
                found = blocks[block] = self._unused
                self._unused += 1
            else:
                known += 1
            chain.append(block)
            parent = found
        return known, chain

    def _cacheable_bytes(self, prompt: bytes) -> int:
        return min(len(prompt) // BLOCK_BYTES, self._capacity) * BLOCK_BYTES
