"""The lock that keeps other tests away from those that measure time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.quiet import Quiet

Workers = tuple[Quiet, Quiet, Quiet]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    found = (Quiet(tmp_path), Quiet(tmp_path), Quiet(tmp_path))
    yield found
    for each in found:
        each.close()


def entered(room: AbstractContextManager[None]) -> None:
    with room:
        pass


def test_tests_share_the_room(workers: Workers) -> None:
    one, other, _ = workers
    with one.shared(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(entered, other.shared()).result(timeout=10) is None


def test_who_wants_it_alone_waits_for_the_others_and_goes_before_those_who_come_later(
    workers: Workers,
) -> None:
    one, other, third = workers
    with ThreadPoolExecutor(2) as pool:
        with one.shared():
            alone = pool.submit(entered, other.alone())
            assert not wait([alone], timeout=0.1).done
            later = pool.submit(entered, third.shared())
            assert not wait([later], timeout=0.1).done
        assert not wait([alone, later], timeout=10).not_done


def test_nobody_comes_in_while_one_is_alone(workers: Workers) -> None:
    one, other, third = workers
    with ThreadPoolExecutor(2) as pool:
        with one.alone():
            others = [pool.submit(entered, other.shared()), pool.submit(entered, third.alone())]
            assert not wait(others, timeout=0.1).done
        assert not wait(others, timeout=10).not_done
