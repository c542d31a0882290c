"""Rubric files that include each other, for the tests of `extends` and `use`."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.rubric_file import load_resolved, load_rubric


class Folder:
    """Files below the current directory, which names in messages are relative to."""

    def write(self, **files: str) -> None:
        """Write `name=text` as name.yaml, headed by what every rubric starts with."""
        for name, text in files.items():
            self.put(f"{name}.yaml", f"schema: rubric/v1\nid: {name}\n{textwrap.dedent(text)}")

    def put(self, name: str, text: str) -> None:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    def data(self, name: str = "own.yaml") -> Mapping[str, Json]:
        data = load_resolved(name).data
        assert isinstance(data, dict)
        return data

    def rubric(self, name: str = "own.yaml") -> Rubric:
        return load_rubric(name)

    def said(self, name: str = "own.yaml") -> str:
        """What loading complains about."""
        try:
            load_rubric(name)
        except ConfigError as error:
            return str(error)
        raise AssertionError("the rubric is accepted")
