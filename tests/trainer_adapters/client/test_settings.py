"""Settings: what is given, what the environment says, what cannot be."""

import pickle
from pathlib import Path

import pytest

from trainer_adapters import GavelError, InvalidSetting, Settings


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAVEL_URL", "GAVEL_TOKEN", "GAVEL_TOKEN_FILE", "GAVEL_DEADLINE_S"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_given_goes_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAVEL_DEADLINE_S", "60")
    monkeypatch.setenv("GAVEL_GROUP_SIZE", "8")
    monkeypatch.setenv("GAVEL_REWARD", " ")
    assert Settings.of(deadline_s=10).deadline_s == 10.0
    assert Settings.of(deadline_s=None).deadline_s == 60.0
    assert Settings.of().group_size == 8
    assert Settings.of().reward is None
    assert Settings.of().attempts == 60


def test_equal_settings_are_one_key_and_survive_pickling() -> None:
    settings = Settings.of(url="http://host:1", token="t")
    assert {settings: 1}[pickle.loads(pickle.dumps(settings))] == 1


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("http://host:8900", "http://host:8900"),
        ("http://host:8900/", "http://host:8900"),
        ("http://host:8900/v1/rewards", "http://host:8900"),
        ("https://host/prefix/v1/rewards/", "https://host/prefix"),
        ("http://[::1]:8900/v1/rewards", "http://[::1]:8900"),
    ],
)
def test_an_address_may_be_the_one_of_the_ready_line(given: str, root: str) -> None:
    assert Settings.of(url=given).url == root


@pytest.mark.parametrize(
    "url",
    [
        *("host:8900", "ftp://host", "http://", "http://me:pw@host", "http://host?x=1"),
        *("me:pw@host:8900", "htps://me:pw@host", "http://me:p/pw@host", "http://[::1", "http://host:port"),
        *("http://host:99999", "http://two words", "http://host\u200b.example", "http://\x00host"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_a_password_not_shown(url: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        Settings.of(url=url)
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("deadline_s", 0, "deadline_s is above 0 and at most 3600, not 0"),
        ("deadline_s", "soon", "GAVEL_DEADLINE_S (deadline_s) is a number, not 'soon'"),
        ("deadline_s", float("nan"), "not nan"),
        ("max_unscored_fraction", 1.5, "at least 0 and at most 1"),
        ("window", 8, "at least 64"),
        ("attempts", 2.5, "a whole number, not float"),
        ("attempts", True, "a whole number, not bool"),
        ("group_size", 0, "at least 1"),
        ("token", "two\nlines", "printable ASCII"),
        ("deadlines", 3, "did you mean 'deadline_s'"),
    ],
)
def test_a_setting_that_cannot_be_says_what_can(name: str, value: object, told: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        Settings.of(**{name: value})
    assert told in str(raised.value)
    assert isinstance(raised.value, GavelError)


def test_a_token_comes_from_a_file_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")
    monkeypatch.setenv("GAVEL_TOKEN_FILE", str(tmp_path / "token"))
    assert Settings.of().token == "s3cret"
    assert "s3cret" not in repr(Settings.of())
    with pytest.raises(InvalidSetting, match="not shown") as raised:
        Settings.of(token="s3cret\x00")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("content", ["", " \n"])
def test_a_lost_token_is_not_mistaken_for_none(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(content, encoding="utf-8")
    monkeypatch.setenv("GAVEL_TOKEN_FILE", str(tmp_path / "token"))
    with pytest.raises(InvalidSetting, match="is empty"):
        Settings.of()
    monkeypatch.setenv("GAVEL_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidSetting, match="cannot be read"):
        Settings.of()
