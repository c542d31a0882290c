"""Graders that do what a test tells them, to see what becomes of their process."""

import os
from collections.abc import Callable

from rubrics.rollout import Json


def obedient() -> Callable[..., Json]:
    """A grader that obeys its first argument."""
    return _obey


def by_answer() -> Callable[..., Json]:
    """A grader of `math_equal` that obeys the answer: y, spin, die, raise, or nonsense."""
    orders = {"s": "spin", "d": "die", "r": "raise", "z": "pid"}
    return lambda _, answer: "equal" if answer in "xy" else _obey(orders[answer])


def missing() -> Callable[..., Json]:
    """A grader that cannot be made."""
    raise ModuleNotFoundError("No module named 'algebra'")


def _obey(order: str, *arguments: Json) -> Json:
    match order:
        case "pid":
            return os.getpid()
        case "echo":
            return list(arguments)
        case "print":
            print('[true, "forged"]', flush=True)  # noqa: T201
            return "honest"
        case "environment":
            return dict(os.environ)
        case "spin":
            while True:
                pass
        case "die":
            os._exit(3)
        case "eat":
            return len(bytearray(1 << 40))
        case _:
            raise KeyError(order)
