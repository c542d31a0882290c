"""What a verdict cache is."""

from typing import Protocol

from rubrics.verdict import Reading


class VerdictCache(Protocol):
    """Keeps readings by key, without their reasons. Whatever goes wrong inside is a miss.

    Belongs to one event loop, and is used from there only.
    """

    async def get(self, key: bytes) -> Reading | None:
        """The reading, or None: not known, or not within a fraction of a second. Raises nothing."""

    def put(self, key: bytes, reading: Reading) -> None:
        """Keep it, some time soon. Neither blocks nor raises."""

    async def aclose(self) -> None:
        """Store what is not stored yet, for at most a few seconds, and let go of files and connections."""


class NoCache:
    """A cache that knows nothing."""

    async def get(self, key: bytes) -> Reading | None:  # noqa: ARG002
        return None

    def put(self, key: bytes, reading: Reading) -> None: ...

    async def aclose(self) -> None: ...
