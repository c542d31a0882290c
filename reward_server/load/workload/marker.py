"""Marks that make every rollout and every group a new one, put into texts that were prepared beforehand.

Prepared texts hold placeholders; what is sent has marks of the same length in their place, never one twice.
A mark stands at the beginning of its text, so a prefix cache finds nothing behind it that it would not find
in training, and a cache of verdicts finds nothing at all. Marks begin with digits of the run's own, so a
second run does not find what the first one left behind.
"""

import secrets
from collections.abc import Sequence
from itertools import count

RUN_DIGITS, NUMBER_DIGITS = 6, 6
_HIDDEN_BYTES = (RUN_DIGITS + NUMBER_DIGITS) // 2 - 1


class Marker:
    """Makes marks, and cuts prepared text where they go."""

    def __init__(self, run: int | None = None) -> None:
        """`run` tells runs apart; left out, it is drawn by chance."""
        number = secrets.randbelow(16**RUN_DIGITS) if run is None else run
        self._run = f"{number:0{RUN_DIGITS}x}"
        self._numbers = count()
        drawn = secrets.token_hex(_HIDDEN_BYTES) if run is None else f"{run:0{2 * _HIDDEN_BYTES}x}"
        self._group, self._rollout = f"g{drawn}g", f"r{drawn}r"

    def group(self, text: str) -> str:
        """A text that a group shares, with room for its mark."""
        return f"[{self._group}] {text}"

    def rollout(self, text: str) -> str:
        """A rollout's own text, with room for its mark."""
        return f"[{self._rollout}] {text}"

    def mark(self) -> bytes:
        """A mark that was never used."""
        return f"{self._run}{next(self._numbers):0{NUMBER_DIGITS}x}".encode()

    def cut(self, prepared: bytes) -> "Cut":
        """Prepared text between its placeholders."""
        group, rollout = self._group.encode(), self._rollout.encode()
        pieces: list[bytes] = []
        groups: list[int] = []
        rollouts: list[int] = []
        for stretch in prepared.split(group):
            for piece in stretch.split(rollout):
                pieces += [piece, b""]
                rollouts.append(len(pieces) - 1)
            groups.append(rollouts.pop())
        return Cut(pieces[:-1], groups[:-1], rollouts)


class Cut:
    """Prepared text with places for marks."""

    __slots__ = ("_groups", "_pieces", "_rollouts")

    def __init__(self, pieces: Sequence[bytes], groups: Sequence[int], rollouts: Sequence[int]) -> None:
        self._pieces = pieces
        self._groups = groups
        self._rollouts = rollouts

    def filled(self, group: bytes, rollout: bytes) -> bytes:
        """The text with these marks."""
        pieces = list(self._pieces)
        for place in self._groups:
            pieces[place] = group
        for place in self._rollouts:
            pieces[place] = rollout
        return b"".join(pieces)
