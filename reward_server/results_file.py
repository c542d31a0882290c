"""The JSONL file of results that `gavel score` writes, and from which it can continue."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Literal

import msgspec

from reward_server.engine.row import Row
from reward_server.jsonl import whole_lines
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.egress import encode_line, results
from reward_server.wire.native import ComponentResult, Result
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout

Detail = Literal["components", "verdicts"]


class Line(Result, frozen=True, kw_only=True):
    """One line: a result, the version of the reward that gave it, and which rollout it was given to."""

    reward_version: str
    rollout_digest: str


class ResultsFile:
    """One file and what it holds of the run at hand: groups in which every rollout is scored."""

    def __init__(self, path: Path, function: RewardFunction, detail: Detail = "components") -> None:
        self.kept: Sequence[list[Row]] = ()
        self._path = path
        self._function = function
        self._detail: Detail = detail

    def start(self) -> None:
        """Begin with an empty file."""
        self._path.write_bytes(b"")

    def resume(self, groups: Sequence[Group]) -> None:
        """Keep the groups that are whole and scored, and nothing else.

        Raises ConfigError where another reward gave the results: the two could not be compared.
        """
        saved = {line.id: (line, raw) for line, raw in self._lines()}
        self._refuse_other_version([line for line, _ in saved.values()])
        self._refuse_other_rollouts(saved.keys() - {r.id for group in groups for r in group.rollouts})
        whole = [group for group in groups if all(self._is_scored(saved, group, r) for r in group.rollouts)]
        self.kept = [[_row(saved[rollout.id][0]) for rollout in group.rollouts] for group in whole]
        self._replace(saved[rollout.id][1] for group in whole for rollout in group.rollouts)

    def _refuse_other_rollouts(self, others: AbstractSet[str]) -> None:
        if others:
            message = f"{self._path} holds results of {len(others):,} rollouts that are not read now"
            hint = "name the file of rollouts it was made from, or another --out"
            raise ConfigError(message, hint=hint)

    def append(self, rows: Sequence[Row]) -> None:
        """Write the results of one group."""
        with self._path.open("ab") as file:
            file.write(b"".join(self._encoded(rows)))

    def put_in_order(self, groups: Sequence[Group]) -> None:
        """Arrange the lines of a finished run by input group, as one uninterrupted run writes them."""
        if self.kept:
            lines = {line.id: raw for line, raw in self._lines()}
            self._replace(lines[rollout.id] for group in groups for rollout in group.rollouts)

    def _encoded(self, rows: Sequence[Row]) -> Iterator[bytes]:
        for row, result in zip(rows, results(rows, self._detail), strict=True):
            fields = msgspec.structs.asdict(result)
            fields["reward_version"] = self._function.version
            fields["rollout_digest"] = digest(row.rollout)
            yield encode_line(Line(**fields))

    def _lines(self) -> Iterator[tuple[Line, bytes]]:
        if not self._path.exists():
            return
        for raw in whole_lines(self._path):
            try:
                yield msgspec.json.decode(raw, type=Line), raw
            except msgspec.ValidationError as error:
                message = f"{self._path} is not a file of results: {error}"
                raise ConfigError(message, hint="choose another --out, or start over with --force") from None

    def _refuse_other_version(self, lines: Iterable[Line]) -> None:
        version = self._function.version
        for line in lines:
            if line.reward_version != version:
                found = f"{line.reward_version[:19]}..., now {version[:19]}..."
                message = f"{self._path} holds results of another reward ({found})"
                raise ConfigError(message, hint="score into a new file, or start over with --force")

    def _is_scored(self, saved: Mapping[str, tuple[Line, bytes]], group: Group, rollout: Rollout) -> bool:
        line, _ = saved.get(rollout.id, (None, b""))
        return (
            line is not None
            and line.status == "scored"
            and line.group == group.id
            and line.rollout_digest == digest(rollout)
            and (line.verdicts is not None) == (self._detail == "verdicts")
        )

    def _replace(self, lines: Iterable[bytes]) -> None:
        part = self._path.with_name(self._path.name + ".part")
        part.write_bytes(b"".join(lines))
        part.replace(self._path)


def digest(rollout: Rollout) -> str:
    """What tells a rollout from another one with the same id: 128 bits, in hexadecimal."""
    content = (
        rollout.prompt,
        rollout.completion.text,
        rollout.ground_truth,
        rollout.metadata,
        rollout.finish_reason,
        rollout.completion_tokens,
    )
    return hashlib.blake2b(msgspec.json.encode(content, order="deterministic"), digest_size=16).hexdigest()


def _row(line: Line) -> Row:
    """A saved line as the row it came from, without the texts."""
    assert line.reward is not None
    components = {name: _outcome(component) for name, component in (line.components or {}).items()}
    rollout = Rollout(id=line.id, completion=Completion(""))
    weights = {name: component.weight for name, component in (line.components or {}).items()}
    return Row(rollout, line.group, Score(line.reward), components, line.advantage_weight, weights)


def _outcome(component: ComponentResult) -> Outcome:
    if component.value is not None:
        return Score(component.value, component.reason)
    assert component.cause is not None
    return Unscored(Cause(component.cause), component.reason)
