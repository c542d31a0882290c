"""A judge under test: real prompts of a rubric, one HTTP request a call, and nothing around it.

A call goes through the project's own backend and transport, and its reply is read as a verdict; but it is
made once: no retries, no hedges, no cache and no limit on calls, so that what is measured is the judge.
"""

from collections.abc import Sequence

from judges.backends.openai import Openai
from judges.probe.capability import best_form
from judges.probe.probing import probe
from judges.prompts.framing import Framing
from judges.request import Form
from judges.secrets import secret
from reward_server.load.call import Arrival, Client
from reward_server.load.judge_client import JudgeAsk, JudgeClient
from reward_server.load.record import Target
from reward_server.load.workload.beginnings import Beginning, beginnings
from reward_server.load.workload.marker import Marker
from reward_server.load.workload.questions import Question, questions
from reward_server.load.workload.supply import Supply
from reward_server.load.workload.texts import Texts
from rubrics.rubric import Rubric


class JudgeTarget:
    """A judge at one URL, asked the questions of a rubric."""

    def __init__(
        self,
        options: Openai,
        rubric: Rubric,
        groups: Sequence[Sequence[Texts]],
        *,
        form: Form | None = None,
        group_size: int | None = None,
        run: int | None = None,
    ) -> None:
        """`form`: how answers are asked for; left out, the endpoint is probed. `run`: see `Marker`."""
        self.notes: Sequence[str] = ()
        self.rollouts_each = 1
        self._options = options
        self._rubric = rubric
        self._texts = groups
        self._form = form or options.known_form()
        self._group_size = group_size
        self._marker = Marker(run)
        self._mark = b""
        self._supply: Supply[Beginning]
        self._questions: Sequence[Question] = ()

    @property
    def described(self) -> Target:
        """What is tested."""
        rubric, sizes = self._rubric, [self._group_size or len(group) for group in self._texts]
        return Target(
            "judge",
            self._options.base_url[0],
            self._options.model,
            f"{rubric.id} {rubric.version}",
            rubric.digest,
            rubric.layout or self._options.layout,
            sum(question.calls for question in self._questions),
            round(sum(sizes) / len(sizes)),
        )

    @property
    def metrics_url(self) -> str:
        """Beside the API, as vLLM has it."""
        return f"{self._options.base_url[0].removesuffix('/v1')}/metrics"

    @property
    def metrics_headers(self) -> dict[str, str]:
        """The key, as for a call."""
        variable = self._options.api_key_env
        key = secret(variable) if variable is not None else ""
        return {"Authorization": f"Bearer {key}"} if key else {}

    async def open(self) -> None:
        """Find out how answers are asked for, and write the prompts. Raises ConfigError, BackendError."""
        form = self._form or await self._probed()
        framing = Framing(self._rubric, self._options.layout)
        self._questions = questions(self._rubric, framing, form)
        self._supply = Supply(beginnings(framing, self._texts, self._marker), self._group_size)

    def client(self, number: int) -> Client[JudgeAsk]:
        """A client with connections of its own."""
        headers = {**self._options.headers, "X-Gavel-Client": f"loadtest-{number}"}
        return JudgeClient(self._options.model_copy(update={"headers": headers, "max_concurrency": None}))

    def next(self) -> Arrival[JudgeAsk]:
        """The next rollout with its questions."""
        turn = self._supply.next()
        if turn.begins:
            self._mark = self._marker.mark()
        shared = turn.item.marked(self._mark, self._marker.mark())
        asks = [JudgeAsk(each.first(shared), each, each.begins) for each in self._questions]
        return Arrival(turn.rollout, turn.group, 1, asks, len(asks))

    async def _probed(self) -> Form:
        backend = self._options.open()
        try:
            return best_form(await probe(backend, timeout_s=self._options.timeout_s))
        finally:
            await backend.aclose()
