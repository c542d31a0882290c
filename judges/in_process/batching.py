"""A backend over a causal language model in this process."""

from collections.abc import Iterator, Sequence

from judges.in_process.batches import Batches
from judges.in_process.model import Asked, Model
from judges.in_process.passes import Row, plan
from judges.request import Form, Reply, Request, Shared


class BatchingBackend(Batches[Request, Asked, Reply]):
    """Answers from one model on one device. What begins alike goes together; a pass has one form."""

    def __init__(self, model: Model, max_batch: int, max_tokens: int) -> None:
        super().__init__(model, max_batch, "local-judge")
        self._max_tokens = max_tokens

    def _kin(self, request: Request) -> Shared:
        return request.prompt.shared

    def _passes(self, asked: Sequence[Asked]) -> Iterator[list[int]]:
        forms: dict[Form, list[int]] = {}
        for place, each in enumerate(asked):
            forms.setdefault("text" if each.request.menus else each.request.form, []).append(place)
        for places in forms.values():
            rows = [Row(asked[place].request.prompt.shared, asked[place].tokens) for place in places]
            for chosen in plan(rows, self._max_tokens):
                yield [places[place] for place in chosen]
