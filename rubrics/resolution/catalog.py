"""The rubrics that come with the package: `rubrics/catalog/NAME.yaml`."""

from pathlib import Path

from rubrics.document import Document, parse
from rubrics.problems import ConfigError, did_you_mean
from rubrics.resolution.reference import CATALOG

FOLDER = Path(__file__).parent.parent / "catalog"

_SUFFIX = ".yaml"


def catalog_names() -> list[str]:
    """The names of the catalog's rubrics, in alphabetical order. Goldens (`NAME.golden.yaml`) are none."""
    names = (file.name.removesuffix(_SUFFIX) for file in FOLDER.glob(f"*{_SUFFIX}"))
    return sorted(name for name in names if "." not in name)


def open_catalog(name: str, included_from: tuple[str, ...] = ()) -> Document:
    """The rubric of this name, called `catalog:NAME`. Raises ConfigError."""
    if name not in (known := catalog_names()):
        hint = did_you_mean(name, known) or "`gavel rubric catalog` lists what there is"
        raise ConfigError(f"the catalog has no rubric `{name}`", hint=hint)
    text = (FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    return parse(text, CATALOG + name, FOLDER, included_from)
