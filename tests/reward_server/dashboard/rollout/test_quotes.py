"""What a judge quoted is found in the completion by the rule by which it counted, or is made up."""

from pathlib import Path

from reward_server.dashboard.pages import rollout
from reward_server.dashboard.rollout.quotes import quotes
from reward_server.store.entry import StoredCall
from rubrics.verdict import Verdict
from tests.reward_server.dashboard.looking import html, judged, keep, shown
from tests.reward_server.making import rollout_of

RUBRIC = """
schema: rubric/v1
id: r
criteria:
  - {id: shown, ask: It is shown., evidence: quote}
"""


async def test_a_quotation_is_marked_where_it_stands(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(
        tmp_path / "s",
        function,
        rollout_of("a", "First this.\n\u201cThen  THAT\u201d <|im_end|> & so on.", prompt="Why?"),
    )
    page = html(rollout.PAGE, tmp_path / "s", function, number="1")
    assert '<mark title="quoted for shown">' in page
    assert "Then  THAT\u201d &lt;|im_end|&gt; &amp; so on</mark>." in page
    assert "Made up" not in page


async def test_a_made_up_quotation_is_named(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(
        tmp_path / "s", function, rollout_of("a", "Something was said here.\n--- . ---", prompt="Why?")
    )
    read = shown(rollout.PAGE, tmp_path / "s", function, number="1")
    assert "Made up: quoted for shown and not found in the completion: --- . ---" in read
    assert "quotation not found in the completion" in read
    assert "<mark" not in html(rollout.PAGE, tmp_path / "s", function, number="1")


def test_pieces_of_a_quotation_are_marked_apart() -> None:
    (found,) = quotes(
        "It was a cold bright day.", [Verdict(criterion="c", reason="It was ... bright day")], []
    )
    assert found.places == [(0, 6), (14, 24)]


def test_a_reason_in_other_words_is_no_quotation() -> None:
    assert quotes("It was cold.", [Verdict(criterion="c", reason="the text is about weather")], []) == []
    assert quotes("It was cold.", [Verdict(criterion="c")], []) == []


def test_the_last_reply_about_the_statement_was_the_quotation() -> None:
    calls = [
        StoredCall(question="c", how="called", reply="yes"),
        StoredCall(question="c#1", how="called", reply="invented words"),
        StoredCall(question="d", how="called", reply="no"),
    ]
    told = Verdict(criterion="c", reason="its quotation is not in the text")
    (found,) = quotes("It was cold.", [told], calls)
    assert (found.text, found.places) == ("invented words", [])
