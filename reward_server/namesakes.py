"""Our top-level packages have names that others may claim, and two distributions in one would be mixed."""

from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions

from reward_server.version import DISTRIBUTION
from rubrics.problems import ConfigError

OURS = ("reward_server", "judges", "rubrics")


def refuse_namesakes(owners: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise ConfigError when a second installed distribution owns one of our package names.

    `owners` is a map from package to distributions, by default that of the running environment.
    """
    owners = packages_distributions() if owners is None else owners
    for package in OURS:
        for other in sorted(set(owners.get(package, ()))):
            if other.lower() != DISTRIBUTION:
                raise ConfigError(
                    f"`{package}` is also a package of the distribution {other}", hint=_hint(other)
                )


def _hint(other: str) -> str:
    return (
        "either of them may be imported: give gavel an environment of its own, "
        f"or: pip uninstall {other} && pip install --force-reinstall {DISTRIBUTION}"
    )
