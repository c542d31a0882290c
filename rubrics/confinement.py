"""What a document may name that nobody put on this machine: files of one folder, and code that is in use.

A reward file on the disk is its author's word, and may name any file and any code. One that came in a request
is held to what the served one can do already.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from rubrics.problems import ConfigError

SUFFIXES = (".yaml", ".yml", ".json")
"""Of the files that a configuration names: rubrics, weight tables, tokenizers."""


class Confinement(msgspec.Struct, frozen=True):
    """The bounds of one document and of all that it includes."""

    folder: Path
    """Files are found in it or below, also once symbolic links are followed."""
    code: frozenset[str] = frozenset()
    """The `module:name`s that may be named: each was imported when the served file was loaded."""
    texts: Mapping[Path, str] = {}
    """Texts that stand in the place of files, by the files' paths as `locate` gives them."""

    def locate(self, directory: Path, name: str) -> Path:
        """Where the file is that a document in `directory` names. Raises ConfigError where it is off limits.

        Nothing outside of the folder is opened, and nothing is told of it: not even whether it is there.
        """
        if not _is_plain(name):
            raise ConfigError(f"{ascii(name)[:80]} is not read here", hint=_HINT)
        found = Path(os.path.realpath(directory / name))
        root = Path(os.path.realpath(self.folder))
        if not found.is_relative_to(root) or found.name.startswith("."):
            raise ConfigError(f"{ascii(name)[:80]} is not read here", hint=_HINT)
        if found.suffix not in SUFFIXES or not _may_be_a_file(found):
            raise ConfigError(f"{ascii(name)[:80]} is not read here", hint=_HINT)
        return found

    def shown(self, path: Path) -> str:
        """A file's name as it stands in messages: relative to the folder, whatever it is a link to."""
        return path.relative_to(self.folder).as_posix()

    def refuse_code(self, named: str) -> None:
        """Raise ConfigError unless the served file uses this code already."""
        if named not in self.code:
            known = ", ".join(sorted(self.code))
            hint = f"in use here: {known}" if known else "put it into the file on the disk, and serve that"
            raise ConfigError(f"{ascii(named)[:80]} is code that the served reward does not use", hint=hint)


_HINT = f"name a file ({', '.join(SUFFIXES)}) in the folder of the reward file or below, without `..`"


def _is_plain(name: str) -> bool:
    """Whether a name goes nowhere but down."""
    if not name.isprintable() or name.startswith(("/", "~")) or "\\" in name or ":" in name:
        return False
    return not _is_hidden(Path(name))


def _may_be_a_file(path: Path) -> bool:
    try:
        return path.is_file() or not path.exists()
    except OSError:  # its name is too long
        return False


def _is_hidden(path: Path) -> bool:
    """Whether any step is hidden, or leads upwards: secrets stand in files such as `.env`."""
    return any(step.startswith(".") for step in path.parts)
