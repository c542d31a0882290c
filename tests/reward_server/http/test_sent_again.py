"""What is stored of a batch that is sent again, because its answer did not arrive."""

from pathlib import Path

from reward_server.store.reading import Store
from tests.reward_server.http.serving import Json, Served, batch, rollout, serve


def send(served: Served, rollouts: list[Json], **headers: str) -> None:
    body = {"rollouts": rollouts, "run": "r", "step": 1, "deadline_s": 20 + len(headers["Idempotency_Key"])}
    answer = served.post(body, **headers)
    assert answer.status_code == 200, answer.text


def test_p09_tries_of_one_batch_are_one_also_with_other_deadlines_and_another_server(tmp_path: Path) -> None:
    environment = {"GAVEL_STORE": str(tmp_path / "s")}
    with serve(tmp_path, environment=environment) as served:
        send(served, batch(1), X_Gavel_Batch="b", Idempotency_Key="b-10")
        send(served, batch(1), X_Gavel_Batch="b", Idempotency_Key="b-9")
        send(served, [rollout("first", "of its key")], Idempotency_Key="1")
    with serve(tmp_path, environment=environment) as served:
        send(served, batch(1), X_Gavel_Batch="b", Idempotency_Key="b")
        send(served, batch(1), X_Gavel_Batch="c", Idempotency_Key="c")
        send(served, [rollout("second", "a key that is used anew is no try")], Idempotency_Key="1")
    store = Store(tmp_path / "s")
    names = sorted(name for (name,) in store.rows("SELECT name FROM rollouts"))
    store.close()
    assert names == sorted(["first", "second", *(2 * [each["id"] for each in batch(1)])])


def test_the_name_of_a_batch_is_short_and_printable(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        error = served.refusal({"rollouts": batch(1)}, 422, X_Gavel_Batch="x" * 257)
    assert (error["code"], error["path"]) == ("invalid_field", "X-Gavel-Batch")
