"""A reward URL under test: whole groups to `POST /v1/rewards`, as a trainer sends them."""

from collections.abc import Iterator, Sequence

from reward_server.load.call import Arrival, Client
from reward_server.load.record import Target
from reward_server.load.reward_client import RewardAsk, RewardClient
from reward_server.load.workload.marker import Marker
from reward_server.load.workload.requests import Sendable, sendables
from reward_server.load.workload.supply import Supply, Turn
from reward_server.secrets import secret
from reward_server.wire.native import RolloutRequest
from rubrics.problems import ConfigError

TOKEN = "GAVEL_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the bearer token, as the trainers' adapters have it."""


class RewardTarget:
    """A reward server, asked for the rewards of groups."""

    def __init__(
        self,
        url: str,
        groups: Sequence[Sequence[RolloutRequest]],
        *,
        reward: str | None = None,
        group_size: int | None = None,
        batch: int = 1,
        timeout_s: float = 600.0,
        token_env: str = TOKEN,
        run: int | None = None,
    ) -> None:
        """`batch`: groups in one request. `run`: see `Marker`. Raises ConfigError for no rollouts."""
        if not groups:
            raise ConfigError("there are no rollouts to ask rewards for")
        self.notes: Sequence[str] = ()
        self._url = url.rstrip("/").removesuffix("/v1/rewards").removesuffix("/v1")
        self._groups = groups
        self._reward = reward
        self._size = group_size
        self._batch = batch
        self._timeout_s = timeout_s
        self._token = secret(token_env)
        self._marker = Marker(run)
        self._supply: Supply[Sendable]

    @property
    def described(self) -> Target:
        """What is tested."""
        return Target("reward", self._url, group_size=self._group_size)

    @property
    def metrics_url(self) -> str:
        """The server's own."""
        return f"{self._url}/metrics"

    @property
    def metrics_headers(self) -> dict[str, str]:
        """The token, as for a call."""
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}

    @property
    def rollouts_each(self) -> int:
        """Rollouts of one request."""
        return self._group_size * self._batch

    async def open(self) -> None:
        """Write the requests."""
        self._supply = Supply(sendables(self._groups, self._marker), self._size)

    def client(self, number: int) -> Client[RewardAsk]:
        """A client with connections of its own."""
        headers = {**self.metrics_headers, "X-Gavel-Client": f"loadtest-{number}"}
        return RewardClient(f"{self._url}/v1/rewards", headers, self._timeout_s, self._reward)

    def next(self) -> Arrival[RewardAsk]:
        """The next groups."""
        turns = [turn for _ in range(self._batch) for turn in self._whole_group()]
        ask = RewardAsk([written for _, written in turns])
        first = turns[0][0]
        return Arrival(first.rollout, first.group, len(turns), [ask], 1)

    def _whole_group(self) -> Iterator[tuple[Turn[Sendable], bytes]]:
        mark, ends = self._marker.mark(), False
        while not ends:
            turn = self._supply.next()
            yield turn, turn.item.marked(mark, self._marker.mark())
            ends = turn.ends

    @property
    def _group_size(self) -> int:
        sizes = [self._size or len(group) for group in self._groups]
        return round(sum(sizes) / len(sizes))
