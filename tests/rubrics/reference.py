"""What docs/rubrics.md says becomes of findings, written a second time on plain data."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rubrics.rollout import Json

Found = float | str
"""What is found of a criterion: a number in [0, 1], `abstained`, or the cause of a failure."""
Entry = dict[str, Any]
Known = float | str | None
"""What a criterion is worth, the cause for which it is not known, or None where it is skipped."""


class Reference:
    """One rubric as a mapping, applied to a sample's labels and to what was found of the completion."""

    def __init__(
        self, rubric: Entry, labels: Mapping[str, Json], found: Mapping[str, Found], blank: bool
    ) -> None:
        self.criteria: Sequence[Entry] = rubric["criteria"]
        self.aggregate: Entry = rubric.get("aggregate", {})
        self.weights: Entry = rubric.get("weights", {"mode": "authored"})
        self.labels, self.found, self.blank = labels, found, blank
        self.rewards = any(float(c["weight"]) > 0 for c in self.criteria)

    def outcome(self) -> float | str:
        """The value, or the cause for which there is none."""
        strict = self.aggregate.get("min_coverage", 1.0) == 1.0
        settled = {str(c["id"]) for c in self.criteria if "ask" not in c or not self._asked(c)}
        for names in (settled, {str(c["id"]) for c in self.criteria}):
            known = {str(c["id"]): self._known(c) for c in self.criteria if str(c["id"]) in names}
            decided = self._gated(known)
            failed = [known[str(c["id"])] for c in self.criteria if isinstance(known.get(str(c["id"])), str)]
            if decided is not None:
                return decided
            if strict and failed:
                return str(failed[0])
        return self._sum(known)

    def _asked(self, c: Entry) -> bool:
        return self._applies(c) and isinstance(self._target(c), float) and not self.blank

    def _applies(self, c: Entry) -> bool:
        when = c.get("when")
        if when is None:
            return True
        assert isinstance(when, dict)
        there = self.labels.get(str(when["path"]).partition(".")[2])
        return there in when["equals"] if "equals" in when else there not in (None, False, "", [])

    def _target(self, c: Entry) -> Known:
        expect = c.get("expect", "met")
        if not isinstance(expect, dict):
            return 1.0 if expect == "met" else 0.0
        label = self.labels.get(str(expect["label"]).partition(".")[2])
        if label is None:
            return None
        points = c.get("scale", {"yes": 1.0, "no": 0.0})
        assert isinstance(points, dict)
        point = points.get(str(label))
        return "invalid_ground_truth" if point is None else float(point)

    def _known(self, c: Entry) -> Known:
        target = self._target(c)
        if not self._applies(c) or not isinstance(target, float):
            return target if self._applies(c) else None
        if "ask" in c and self.blank:
            return 0.0 if self.rewards else 1.0
        found = self.found[str(c["id"])]
        if found == "abstained":
            rule = self.aggregate.get("abstain", "unscored")
            worst = 0.0 if float(c["weight"]) > 0 else 1.0
            return {"unscored": "judge_abstained", "skip": None, "worst": worst}[str(rule)]
        return found if isinstance(found, str) else 1.0 - abs(found - target)

    def _gated(self, known: Mapping[str, Known]) -> float | str | None:
        gates = [c for c in self.criteria if "else" in (c.get("gate") or {})]
        for c in [c for c in gates if "ask" not in c] + [c for c in gates if "ask" in c]:
            worth = known.get(str(c["id"]))
            if isinstance(worth, str):
                return worth
            if worth is not None and worth < 0.5:
                return float(c["gate"]["else"])
        return None

    def _weight(self, c: Entry) -> float:
        weight = float(c["weight"])
        if self.weights["mode"] == "uniform":
            return 1.0 if weight > 0 else -1.0
        expect = c.get("expect")
        if self.weights["mode"] == "authored" or not isinstance(expect, dict):
            return weight
        counts: Mapping[str, int] = self.weights["table"][c["id"]]
        if not isinstance(self._target(c), float):
            return weight
        label = str(self.labels[str(expect["label"]).partition(".")[2]])
        smoothed = {name: counts.get(name, 0) + 1 for name in (*counts, label)}
        rarest = 10 * self._rarity(counts, max(smoothed[name] for name in counts))
        return weight * min(self._rarity(counts, smoothed[label]), rarest)

    def _rarity(self, counts: Mapping[str, int], smoothed: int) -> float:
        """n / (K n_y)."""
        return (sum(counts.values()) + len(counts)) / (len(counts) * smoothed)

    def _sum(self, known: Mapping[str, Known]) -> float | str:
        by_id = {str(c["id"]): c for c in self.criteria}
        if all(worth is None for worth in known.values()):
            asked = [name for name in known if self._asked(by_id[name])]
            unsure = any(self.found.get(name) == "abstained" for name in asked)
            return "judge_abstained" if unsure else "missing_ground_truth"
        pairs = [(self._weight(by_id[name]), w) for name, w in known.items() if isinstance(w, float)]
        wanted = math.fsum(abs(self._weight(by_id[name])) for name, w in known.items() if w is not None)
        judged = math.fsum(abs(weight) for weight, _ in pairs)
        method = self.aggregate.get("method", "weighted_mean")
        only_pitfalls = method == "weighted_mean" and self.rewards and all(weight < 0 for weight, _ in pairs)
        if not pairs or judged / wanted < float(self.aggregate.get("min_coverage", 1.0)) or only_pitfalls:
            return "low_coverage"
        return self._capped(known, self._clipped(self._reduced(str(method), pairs)))

    def _reduced(self, method: str, pairs: Sequence[tuple[float, float]]) -> float:
        gains = [m if w > 0 else 1 - m for w, m in pairs]
        total = math.fsum(w * m for w, m in pairs)
        positive = math.fsum(w for w, _ in pairs if w > 0)
        mean = total / positive if positive else 1 + total / math.fsum(-w for w, _ in pairs)
        every = float(all(gain >= 0.5 for gain in gains))
        return {"weighted_mean": mean, "min": min(gains), "product": math.prod(gains), "all": every}[method]

    def _clipped(self, value: float) -> float:
        span = self.aggregate.get("range")
        return value if span is None else float(min(max(value, span[0]), span[1]))

    def _capped(self, known: Mapping[str, Known], value: float) -> float | str:
        caps = list(self._caps(known))
        least = min([value, *(cap for cap, worth in caps if isinstance(worth, float) and worth < 0.5)])
        unknown = [worth for cap, worth in caps if isinstance(worth, str) and cap < least]
        return str(unknown[0]) if unknown else least

    def _caps(self, known: Mapping[str, Known]) -> Iterator[tuple[float, Known]]:
        for c in self.criteria:
            if "cap" in (c.get("gate") or {}):
                yield float(c["gate"]["cap"]), known[str(c["id"])]
