import csv
from io import StringIO

from reward_server.load.csv_rows import csv_text
from reward_server.load.figures.summary import report
from tests.reward_server.load.figures.making import closed, run


def test_a_row_for_each_load() -> None:
    rows = list(csv.DictReader(StringIO(csv_text(report(closed([1, 8], slots=8, service_s=0.25), slo_s=1)))))
    assert [(row["shape"], row["load"], row["rollouts_s"]) for row in rows] == [
        ("closed", "1", "4"),
        ("closed", "8", "32"),
    ]
    assert rows[1]["p99_s"] == "0.25"
    assert rows[1]["goodput"] == "32"
    assert float(rows[1]["rollouts_s_low"]) <= 32 <= float(rows[1]["rollouts_s_high"])


def test_what_is_not_known_is_empty() -> None:
    (row,) = csv.DictReader(StringIO(csv_text(report(closed([1], slots=8, service_s=0.25)))))
    assert (row["step_s"], row["goodput"], row["cache_hit"], row["offered_rollouts_s"]) == ("", "", "", "")


def test_nothing_measured_is_a_heading_alone() -> None:
    assert len(csv_text(report(run([], []))).splitlines()) == 1
