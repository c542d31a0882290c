"""A model is known by what is in its folder, not by where the folder is."""

import os
from pathlib import Path

import pytest

from judges.in_process.folder import WHOLE_BYTES, check_folder, fingerprint, identity
from rubrics.problems import ConfigError


def folder(path: Path, weights: bytes = b"weights", config: str = "{}") -> Path:
    path.mkdir()
    (path / "model.safetensors").write_bytes(weights)
    (path / "config.json").write_text(config)
    return path


def test_a_copy_is_the_same_model(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other")
    os.utime(other / "config.json", (1, 1))
    assert identity(str(one), None) == identity(str(other), "main")


@pytest.mark.parametrize("changed", [{"weights": b"weightz"}, {"weights": b"weights."}, {"config": "[]"}])
def test_p10_other_weights_are_another_model(tmp_path: Path, changed: dict[str, bytes | str]) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other", **changed)  # type: ignore[arg-type]
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("size", [2**20, 3 * WHOLE_BYTES])
@pytest.mark.parametrize("place", ["first", "last"])
def test_large_weights_are_sampled_from_end_to_end(tmp_path: Path, size: int, place: str) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other")
    for path in (one, other):
        os.truncate(path / "model.safetensors", size)
    assert fingerprint(one) == fingerprint(other)
    with (other / "model.safetensors").open("r+b") as weights:
        weights.seek(0 if place == "first" else size - 1)
        weights.write(b"x")
    assert fingerprint(one) != fingerprint(other)


def test_a_file_under_another_name_is_another_model(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other")
    (other / "config.json").rename(other / "configuration.json")
    assert fingerprint(one) != fingerprint(other)


def test_a_model_of_the_hub_is_its_name_and_revision() -> None:
    assert identity("Qwen/Qwen3-0.6B", "abc") == {"name": "Qwen/Qwen3-0.6B", "revision": "abc"}


@pytest.mark.parametrize("model", ["/no/such/folder", "./judge", "../judge", "~/judge"])
def test_a_folder_that_is_not_there_is_refused(model: str) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        check_folder(model)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no model: no config\.json"):
        check_folder(str(tmp_path))
    check_folder(str(folder(tmp_path / "model")))


def test_any_other_name_is_the_hubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_folder("Qwen/Qwen3-0.6B")
