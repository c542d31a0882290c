"""What a URL may say."""

from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from reward_server.dashboard.page import PageError, parse


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    run: str | None = None
    step: Annotated[int, Meta(ge=0)] | None = None
    least: float | None = None


def test_text_becomes_what_it_should_be() -> None:
    assert parse(Query, {"run": "7", "step": "3", "least": "0.5"}) == Query("7", 3, 0.5)


def test_what_a_form_leaves_empty_says_nothing() -> None:
    assert parse(Query, {"run": "", "step": "", "least": ""}) == Query()


@pytest.mark.parametrize("said", [{"step": "x"}, {"step": "-1"}, {"stop": "1"}, {"least": "1e999x"}])
def test_what_cannot_be_is_refused_with_what_can(said: dict[str, str]) -> None:
    with pytest.raises(PageError) as refused:
        parse(Query, said)
    assert refused.value.status == 422
    assert refused.value.hint == "this page knows: run, step, least"
