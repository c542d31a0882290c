"""Settings that help are found by trying them, and only kept where they did. Over real HTTP."""

import json
from collections.abc import Mapping

from judges.backends.openai import Openai
from judges.probe.capability import best_form
from judges.probe.remedy import examine
from tests.judges.probe.endpoint import Body, choice, endpoint, measured, models, said


def options(url: str) -> Openai:
    return Openai.model_validate({"base_url": url, "model": "m", "api_key_env": None})


async def test_nothing_is_changed_where_all_is_well() -> None:
    with endpoint(measured, models("m")) as served:
        chosen, found = await examine(options(served.url))
        assert chosen == options(served.url)
    assert (found.logprobs, found.echoes, best_form(found)) == (2, True, "token")


async def test_a_model_that_thinks_is_told_not_to() -> None:
    def thinker(body: Body) -> Body:
        if body.get("chat_template_kwargs") == {"enable_thinking": False}:
            return measured(body)
        return choice("<think>", {"<think>": -0.001, "yes": -9.0})

    with endpoint(thinker, models("m")) as served:
        chosen, found = await examine(options(served.url))
    assert chosen.extra_body == {"chat_template_kwargs": {"enable_thinking": False}}
    assert not found.thinks
    assert found.chances[0] is not None


async def test_a_model_that_cannot_be_kept_from_thinking_is_left_as_it_is() -> None:
    with endpoint(lambda _: choice("<think>", {"<think>": -0.001, "yes": -9.0}), models("m")) as served:
        chosen, found = await examine(options(served.url))
        assert chosen == options(served.url)
    assert found.thinks
    assert found.chances == (None, None)


async def test_fewer_alternatives_are_asked_for_where_20_are_too_many() -> None:
    def frugal(body: Body) -> Body | int:
        return 400 if body.get("top_logprobs", 0) > 5 else measured(body)

    with endpoint(frugal, models("m")) as served:
        chosen, found = await examine(options(served.url))
    assert chosen.top_logprobs == 5
    assert best_form(found) == "token"


async def test_an_id_is_sent_in_the_body_where_the_header_is_not_read() -> None:
    def rid(body: Body, _: Mapping[str, str]) -> str:
        return str(body.get("rid", "anything"))

    with endpoint(measured, models("m"), echo=rid) as served:
        chosen, found = await examine(options(served.url))
    assert chosen.request_id_field == "rid"
    assert found.echoes


async def test_a_setting_that_is_rejected_is_not_kept() -> None:
    def strict(body: Body) -> Body | int:
        return 400 if "rid" in body else measured(body)

    with endpoint(strict, models("m"), echo=lambda *_: "1") as served:
        chosen, found = await examine(options(served.url))
        assert chosen == options(served.url)
    assert not found.echoes


async def test_constrained_decoding_is_found_on_the_wire() -> None:
    def constrained(body: Body) -> Body | int:
        if "logprobs" in body:
            return 400
        offered = body.get("structured_outputs", {}).get("choice")
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is not None:
            return choice(json.dumps({"verdict": schema["properties"]["verdict"]["enum"][0]}))
        return choice(offered[0 if said(body) == "yes" else 1] if offered else said(body))

    with endpoint(constrained, models("m")) as served:
        _, found = await examine(options(served.url))
    assert (found.logprobs, found.choice, found.json) == (0, True, True)
    assert best_form(found) == "choice"
    assert found.chances == (1.0, 1.0)
