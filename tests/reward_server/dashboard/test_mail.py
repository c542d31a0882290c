"""A run as one file: everything in it, nothing fetched, nothing run, whatever the texts are."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reward_server.dashboard.mail import mail_report
from reward_server.dashboard.parts.brief import LONGEST
from reward_server.store.keeping import Numbers
from reward_server.wire.origin import Origin
from tests.reward_server.dashboard.filling import (
    HOSTILE,
    alarm,
    canary,
    inert,
    judged,
    probe,
    raise_alarms,
    sources,
    step,
    verdict,
)
from tests.reward_server.storing import stored, writer_of

LIMIT = 3_000_000


def mailed(path: Path, run: str | None = None) -> str:
    with sources(path) as found:
        return mail_report(found, found.run(run))


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "s"
    stored(
        file,
        step("r", 0, (1.0, 0.0), (0.0, 1.0)),
        judged(Origin(None, "r", 1), [verdict("c", 1.0)], [verdict("c", 0.0)], text="word " * 2_000),
    )
    return file


def test_its_parts_stand_in_their_order(path: Path) -> None:
    raise_alarms(path, alarm(rollouts=[3, 1]))
    text = mailed(path)
    titles = re.findall(r"<h2[^>]*>([^<]+)</h2>", text)
    assert titles == [
        "1 alarm is raised",
        "Overview",
        "Judge",
        "Canaries and anchors",
        "Rubric",
        "Rollouts to look at",
    ]


def test_it_runs_and_fetches_nothing(path: Path) -> None:
    probe(path, canary(1, 3, rollouts=[4]))
    text = mailed(path)
    for tag, attributes in Elements(text).found:
        assert tag not in ("script", "link", "img", "iframe", "form", "base")
        assert not any(name.startswith("on") or name in ("src", "style", "action") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src &#x27;none&#x27;; style-src &#x27;sha256-" in text
    assert "url(" not in text
    assert "@import" not in text
    assert "data-lines" not in text


def test_links_lead_to_rollouts_of_the_file_only(path: Path) -> None:
    raise_alarms(path, alarm(rollouts=[3, 1, 2, 999]))
    text = mailed(path)
    known = set(re.findall(r'id="(rollout-\d+)"', text))
    assert set(re.findall(r'href="#(rollout-\d+)"', text)) <= known
    assert {"rollout-3", "rollout-1"} <= known
    assert "<span>999</span>" in text


def test_rollouts_come_with_what_was_written_in_short_and_with_their_verdicts(path: Path) -> None:
    text = mailed(path)
    assert f"{10_000 - LONGEST:,} more characters are not shown." in text
    assert text.count("word ") < 4 * LONGEST / len("word ")
    assert "show all" not in text
    article = text.partition('id="rollout-3"')[2].partition("</article>")[0]
    assert "first in step 1" in article
    assert "short in step 1" in article
    assert '<td class="found for">met</td>' in article


def test_hostile_texts_are_inert(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, judged(Origin(None, HOSTILE, 0), [verdict("c", 1.0)], text=f"\x1b[2J\x00\ud800{HOSTILE}"))
    raise_alarms(path, alarm(subject=HOSTILE, rollouts=[1]))
    text = inert(iter([mailed(path)]))  # type: ignore[list-item]
    text.encode()
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "alert(1)" in text


def test_a_store_without_texts_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s"
    entry = judged(Origin(None, "r", 0), [verdict("c", 1.0)], text="a secret text")
    stored(path, entry, keeping=Numbers())
    text = mailed(path)
    assert "Its texts were not kept." in text
    assert "a secret text" not in text


def test_rollouts_that_are_gone_are_left_out(path: Path) -> None:
    raise_alarms(path, alarm(rollouts=[77]))
    assert "rollout-77" not in mailed(path)


def test_the_same_store_gives_the_same_file(path: Path) -> None:
    assert mailed(path) == mailed(path)


def test_a_thousand_steps_are_less_than_three_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    values = [(n / 7, -n / 3) for n in range(4)]
    names = [f"criterion-{number}" for number in range(20)]
    entries = [step("r", number, *values[number % 3 :]) for number in range(1_000)]
    verdicts = [[verdict(name, float((n + m) % 2)) for m, name in enumerate(names)] for n in range(4)]
    writer = writer_of(path)
    writer.store([*entries, *(judged(Origin(None, "r", n), *verdicts[n % 2 :]) for n in range(0, 1_000, 9))])
    writer.close()
    text = mailed(path)
    assert 100_000 < len(text.encode()) < LIMIT
    assert "<dt>steps</dt><dd>1,000</dd>" in text
