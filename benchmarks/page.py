"""benchmarks/README.md, made of the prose in page.md and the figures in results/.

In the prose, `{{targets}}` is the table of everything promised, `{{machine}}` where it was measured,
`{{fan_out.table}}`, `{{fan_out.missing}}` and `{{fan_out.conditions}}` are a benchmark's, and
`{{ingress.echo_ms:.0f}}` is one of its figures in a format.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.report import RESULTS, TARGET_TITLES, Result, Target, table, target_row

HERE = Path(__file__).parent
PROSE, PAGE = HERE / "page.md", HERE / "README.md"
UNKNOWN = "not measured"

_PLACE = re.compile(r"\{\{(\w+)(?:\.(\w+)(?::([^}]*))?)?\}\}")


def load(folder: Path = RESULTS) -> dict[str, Result]:
    """The results that there are, by the name of their benchmark."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}


def _read(path: Path) -> Result:
    found = json.loads(path.read_text())
    return Result(**{**found, "targets": [Target(*each) for each in found["targets"]]})


def render(prose: str, results: Mapping[str, Result]) -> str:
    """The prose with its figures. Raises KeyError for one that its benchmark does not have."""

    def filled(place: re.Match[str]) -> str:
        name, what, shape = place.groups()
        if what is None:
            return {"targets": targets, "machine": machine}[name](results)
        return _of(results[name], what, shape or "") if name in results else UNKNOWN

    return _PLACE.sub(filled, prose)


def _of(result: Result, what: str, shape: str) -> str:
    if what == "table":
        return "\n".join(table(result.columns, result.rows))
    if what == "missing":
        return "; ".join(result.missing) or "none"
    if what == "conditions":
        return result.conditions
    return format(result.figures[what], shape)


def targets(results: Mapping[str, Result]) -> str:
    """Everything promised, as a table."""
    found = sorted(
        (target for result in results.values() for target in result.targets), key=lambda each: each.what
    )
    titles = [(title, title, "") for title in TARGET_TITLES]
    return "\n".join(table(titles, [target_row(each) for each in found]))


def machine(results: Mapping[str, Result]) -> str:
    """Where it was measured."""
    machines = (each.machine for each in results.values())
    return " and ".join(sorted({f"{each['cores']} cores, Python {each['python']}" for each in machines}))


def main() -> None:
    PAGE.write_text(render(PROSE.read_text(), load()))


if __name__ == "__main__":
    main()
