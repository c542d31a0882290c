"""A quick cache in front of a lasting one."""

import msgspec

from judges.cache.cache import VerdictCache
from rubrics.verdict import Reading


class Layers(msgspec.Struct, frozen=True):
    """What the back knows is kept in front once it has been asked for."""

    front: VerdictCache
    back: VerdictCache

    async def get(self, key: bytes) -> Reading | None:
        reading = await self.front.get(key)
        if reading is None:
            reading = await self.back.get(key)
            if reading is not None:
                self.front.put(key, reading)
        return reading

    def put(self, key: bytes, reading: Reading) -> None:
        self.front.put(key, reading)
        self.back.put(key, reading)

    async def aclose(self) -> None:
        await self.front.aclose()
        await self.back.aclose()
