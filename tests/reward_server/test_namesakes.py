"""Another distribution that owns a package name of ours is refused."""

import pytest

from reward_server.namesakes import OURS, refuse_namesakes
from rubrics.problems import ConfigError


def test_this_environment_is_clean() -> None:
    refuse_namesakes()


@pytest.mark.parametrize("package", OURS)
def test_a_second_owner_is_named_with_what_to_do(package: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_namesakes({"yaml": ["PyYAML"], package: ["gavel-rl", "Judges"]})
    message = str(caught.value)
    assert f"`{package}` is also a package of the distribution Judges" in message
    assert "pip uninstall Judges" in message


def test_our_own_distribution_is_no_stranger_in_any_spelling() -> None:
    refuse_namesakes({"judges": ["gavel-rl", "Gavel-RL"], "other": ["other"]})
