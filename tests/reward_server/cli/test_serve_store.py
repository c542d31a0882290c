"""`gavel serve` and its store: wrong options are told by their flags, before anything is opened."""

from pathlib import Path

import pytest

from tests.reward_server.cli.running import Gavel

REWARD = "name: r\ncomponents: {format: {use: structure}}\ncompletion: {reasoning: {tag: think}}\n"


@pytest.mark.parametrize(
    ("flag", "value", "why"),
    [
        ("--store-days", "0", "greater than 0"),
        ("--store-days", "nan", "finite"),
        ("--store-gb", "-1", "greater than 0"),
        ("--store-gb", "inf", "finite"),
        ("--store-text", "some", "'keep' or 'none'"),
    ],
)
@pytest.mark.parametrize("store", ["none", "s"])
def test_a_wrong_value_is_a_usage_error_that_names_its_flag(
    gavel: Gavel, tmp_path: Path, flag: str, value: str, why: str, store: str
) -> None:
    (tmp_path / "reward.yaml").write_text(REWARD)
    where = store if store == "none" else tmp_path / store
    done = gavel("serve", tmp_path / "reward.yaml", "--port", 0, "--store", where, flag, value)
    assert done.code == 2
    assert flag in done.err
    assert why in " ".join(done.err.split())
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--redact", "(", "--store", "s"), "--redact '(' is no RE2 pattern: missing )"),
        (("--store", "."), "cannot be opened"),
        (("--store", "reward.yaml"), "file is not a database"),
        (("--store", "reward.yaml/s"), "cannot be opened"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_before_serving(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("reward.yaml").write_text(REWARD * 50 if "reward.yaml" in options else REWARD)
    Path("good.yaml").write_text(REWARD)
    done = gavel("serve", "good.yaml", "--port", 0, *options)
    assert done.code == 2
    assert why in done.err
