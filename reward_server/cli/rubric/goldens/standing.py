"""How a test run stands: counts, and the exit code that they mean."""

from collections.abc import Sequence

import msgspec

from reward_server.cli import exits
from reward_server.cli.rubric.goldens.asking import Asked


class Standing(msgspec.Struct, frozen=True):
    """Expectations of all rubrics, by how they ended."""

    passed: int
    failed: int
    flaky: int
    unscored: int
    missing: int
    """Criteria, or whole golden files, that are not there."""

    @classmethod
    def of(cls, found: Sequence[Asked]) -> "Standing":
        """Count the results of several rubrics."""
        statuses = [result.status for asked in found for result in asked.results]
        return cls(
            passed=statuses.count("passed"),
            failed=statuses.count("failed"),
            flaky=statuses.count("flaky"),
            unscored=statuses.count("unscored"),
            missing=sum(len(asked.suite.missing) for asked in found),
        )

    def exit_code(self, *, allow_flaky: bool, allow_missing: bool) -> int:
        """GATE where a golden failed, RUNTIME where some could not be judged."""
        if self.failed or (self.flaky and not allow_flaky) or (self.missing and not allow_missing):
            return exits.GATE
        return exits.RUNTIME if self.unscored else exits.OK

    def __str__(self) -> str:
        total = self.passed + self.failed + self.flaky + self.unscored
        told = [f"{self.passed} of {total} expectations hold"]
        told += [f"{count} {word}" for word, count in self._other().items() if count]
        return ", ".join(told)

    def _other(self) -> dict[str, int]:
        return {
            "failed": self.failed,
            "flaky": self.flaky,
            "not judged": self.unscored,
            "missing": self.missing,
        }
