"""The files that `gavel rubric calibrate` reads, and what is made of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from reward_server.jsonl import read_numbered
from reward_server.report.asked import Asked
from reward_server.report.calibration_page import calibration_page
from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.judged import Judged, read_judged
from rubrics.agreement.matching import Matched, criteria_of, match
from rubrics.agreement.ratings import read_ratings
from rubrics.agreement.repeated import retest
from rubrics.agreement.report import Report, calibrate
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.rubric_file import load_rubric


class Files(msgspec.Struct, frozen=True):
    """Labels beside verdicts, and those of a second run if there is one."""

    asked: Asked
    matched: Matched
    judged: Mapping[str, Judged]
    again: Mapping[str, Judged] | None

    def measure(self, bootstrap: Bootstrap) -> Report:
        """Every statistic."""
        order = criteria_of(self.asked.rubric) if self.asked.rubric else []
        second = None if self.again is None else retest(self.judged, self.again, bootstrap, order)
        return calibrate(self.matched, bootstrap, second)

    def page(self, report: Report, date: str | None) -> str:
        """The report as HTML."""
        return calibration_page(report, self.matched, msgspec.structs.replace(self.asked, date=date))


def read(verdicts: Path, labels: Path, rubric: Path | None, again: Path | None) -> Files:
    """Read them all. Raises ConfigError."""
    opened = None if rubric is None else load_rubric(rubric)
    judged = read_judged(_rows(verdicts))
    return Files(
        asked=_asked(verdicts, labels, opened, again),
        matched=match(read_ratings(_rows(labels)), judged, opened),
        judged=judged,
        again=None if again is None else _second(verdicts, again),
    )


def refuse_overwriting(html: Path | None, sources: Sequence[Path | None]) -> None:
    """Raise ConfigError where the report would take the place of what it is made of."""
    if html is not None and html.resolve() in {each.resolve() for each in sources if each is not None}:
        raise ConfigError(f"--html {html} is one of the files to read", hint="name another file")


def _asked(verdicts: Path, labels: Path, rubric: Rubric | None, again: Path | None) -> Asked:
    return Asked(str(verdicts), str(labels), None if again is None else str(again), rubric)


def _second(verdicts: Path, again: Path) -> Mapping[str, Judged]:
    if again.resolve() == verdicts.resolve():
        hint = "score the rollouts a second time, into another file, with `cache: {store: none}`"
        raise ConfigError(f"--retest {again} is the first run itself", hint=hint)
    return read_judged(_rows(again))


def _rows(path: Path) -> Iterator[tuple[str, Json]]:
    return ((f"{path}:{number}", row) for number, row in read_numbered(path, dict))
