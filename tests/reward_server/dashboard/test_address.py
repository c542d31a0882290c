"""A page's state stands in its URL, whatever it says."""

from urllib.parse import parse_qs, urlsplit

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dashboard.address import changed, href


class Query(msgspec.Struct, frozen=True):
    run: str | None = None
    step: int | None = None
    odd: bool | None = None


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_what_is_said_is_read_again(text: str) -> None:
    read = parse_qs(urlsplit(href("/rollouts", run=text)).query, keep_blank_values=True)
    assert read == {"run": [text]}


def test_nothing_is_left_out_and_a_path_takes_its_own() -> None:
    assert href("/rollouts", run=None, step=0) == "/rollouts?step=0"
    assert href("/rollouts/{number}", number=3, run="a/b") == "/rollouts/3?run=a%2Fb"
    assert href("/group/{name}", name="a/../b?c") == "/group/a%2F..%2Fb%3Fc"


def test_a_change_keeps_the_rest() -> None:
    assert changed("/x", Query(run="r", step=3), step=4, odd=True) == "/x?run=r&step=4&odd=true"
    assert changed("/x", Query(run="r", step=3), step=None) == "/x?run=r"
