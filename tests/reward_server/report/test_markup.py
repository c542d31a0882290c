import pytest

from reward_server.report.markup import Markup, element, joined, visible


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", "a < b & c")
    assert inner == "<b>a &lt; b &amp; c</b>"
    assert element("p", inner, " > ") == "<p><b>a &lt; b &amp; c</b> &gt; </p>"
    assert joined(["<", Markup("<br>")]) == "&lt;<br>"


def test_attributes() -> None:
    drawn = element("line", x1=1 / 3, y1=2.0, class_='a"b', stroke_width=1, fill=None)
    assert drawn == '<line x1="0.33" y1="2" class="a&quot;b" stroke-width="1"></line>'
    assert element("meta", name="a") == '<meta name="a">'


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Zürich 東京", "Zürich 東京"),
        ("a\u202eb\x00c\ud800\n", "a\\u202eb\\x00c\\ud800\\n"),
        ("x" * 81, "x" * 80 + "..."),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, seen: str) -> None:
    assert visible(text) == seen
