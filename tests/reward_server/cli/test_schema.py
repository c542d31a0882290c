import json

import pytest

from reward_server.check.json_schema import schema_of
from tests.reward_server.cli.running import Gavel


@pytest.mark.parametrize("kind", ["reward", "rubric", "weights", "goldens"])
def test_the_schema_is_printed(kind: str, gavel: Gavel) -> None:
    done = gavel("schema", kind)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == schema_of(kind)


def test_there_is_no_other_kind(gavel: Gavel) -> None:
    done = gavel("schema", "rewards")
    assert done.code == 2
    assert "'reward'" in done.err
