"""examples/sms_spam: the whole script over a real server, on made messages and on the real ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

EXAMPLE = ROOT / "examples" / "sms_spam"
BESIDE = ROOT.parent / "shared" / "data" / "sms_spam.tsv"

HAM, SPAM = 1609, 249  # a third of 4,827 and 747, so that the shipped table's weights fit exactly
PLAIN_HAM = 'ok, see you at 10 "or so'  # an unpaired quotation mark, as the real messages have
HAM_WITH_KEYWORD = "are you free tonight? \u00fc"
LOUD_SPAM = "URGENT! You have WON. To claim your prize txt WIN to 80085 before midnight, cost 150p a message"
QUIET_SPAM = "hi, it is me. call me back"
KEYWORD_HAM, LOUD = 9, 149


def made_messages() -> str:
    lines = [f"ham\t{PLAIN_HAM}"] * (HAM - KEYWORD_HAM) + [f"ham\t{HAM_WITH_KEYWORD}"] * KEYWORD_HAM
    lines += [f"spam\t{LOUD_SPAM}"] * LOUD + [f"spam\t{QUIET_SPAM}"] * (SPAM - LOUD)
    return "\n".join(["Label\tSMS", *lines]) + "\n"


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE / script), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def table_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def real_messages() -> Path | None:
    """The file that GAVEL_SMS_SPAM names, or the one beside the checkout."""
    named = os.environ.get("GAVEL_SMS_SPAM")
    return Path(named) if named else BESIDE if BESIDE.exists() else None


needs_the_messages = pytest.mark.skipif(
    real_messages() is None, reason="the messages are not part of the project: name them in GAVEL_SMS_SPAM"
)


def test_policies_on_made_messages_earn_what_a_pencil_says(tmp_path: Path) -> None:
    data = tmp_path / "messages.tsv"
    data.write_text(made_messages(), encoding="utf-8")
    done = run("run.py", data)
    assert done.returncode == 0, done.stderr
    assert "1,858 messages, 13.4% spam, 7,432 rollouts scored" in done.stdout
    assert table_rows(done.stdout) == [
        "| policy | accuracy | balanced accuracy |",
        "|---|---|---|",
        "| always ham | 0.866 | 0.500 |",  # 1609 of 1858; (1 + 0) / 2
        "| keywords | 0.941 | 0.796 |",  # (1600 + 149) of 1858; (1600/1609 + 149/249) / 2
        "| length and digits | 0.946 | 0.799 |",  # (1609 + 149) of 1858; (1 + 149/249) / 2
        "| always spam | 0.134 | 0.500 |",  # 249 of 1858; (0 + 1) / 2
    ]


@needs_the_messages
def test_real_messages_give_the_tables_that_the_readmes_show() -> None:
    data = real_messages()
    assert data is not None
    done = run("run.py", data)
    assert done.returncode == 0, done.stderr
    rows = table_rows(done.stdout)
    assert "| always ham | 0.866 | 0.500 |" in rows
    for readme in (ROOT / "README.md", EXAMPLE / "README.md"):
        assert set(rows) <= set(table_rows(readme.read_text(encoding="utf-8"))), readme


@needs_the_messages
def test_the_shipped_table_is_what_weights_fit_makes_of_the_real_messages(tmp_path: Path) -> None:
    data = real_messages()
    assert data is not None
    messages, table = tmp_path / "messages.jsonl", tmp_path / "label-weights.yaml"
    messages.write_text(run("messages.py", data).stdout, encoding="utf-8")
    gavel = Path(sys.executable).with_name("gavel")
    subprocess.run(
        [gavel, "weights", "fit", messages, "-o", table, "--smoothing", "0"], check=True, capture_output=True
    )
    assert table.read_bytes() == (EXAMPLE / "label-weights.yaml").read_bytes()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("v1,v2\nham,hello\n", ":1: expected the columns Label and SMS with a tab between, found 'v1,v2'"),
        (
            "Label\tSMS\nham\thello\nmaybe\thm\n",
            ":3: expected ham or spam, a tab and the message, found 'maybe\\thm'",
        ),
        (
            "Label\tSMS\n",
            ":1: expected the columns Label and SMS with a tab between, found 'Label\\tSMS' and no message",
        ),
        ("Label\tSMS\nham hello\n", ":2: expected ham or spam, a tab and the message, found 'ham hello'"),
    ],
)
def test_another_format_is_refused_with_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    data = tmp_path / "other.tsv"
    data.write_text(content, encoding="utf-8")
    done = run("run.py", data)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
