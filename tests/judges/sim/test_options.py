import pytest
from pydantic import ValidationError

from judges.sim.options import SimOptions


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"jitter": "normal"}, "'normal' is no jitter"),
        ({"stall": "10"}, "'10': write AT:SECONDS"),
        ({"stall": "10:1,20:-1"}, "'20:-1': write AT:SECONDS"),
        ({"stall": "10:1,"}, "'': write AT:SECONDS"),
        ({"stall": "inf:1"}, "write AT:SECONDS"),
        ({"speed": 0.0}, "greater than 0"),
        ({"replicas": 0}, "greater than or equal to 1"),
        ({"port": 65_535, "replicas": 2}, "there are no 2 ports from 65535 on"),
        ({"slow": "2:10"}, "there is no replica 2: they are numbered from 1 to 1"),
        ({"replicas": 3, "slow": "0:10"}, "there is no replica 0"),
        ({"replicas": 3, "slow": "1.5:10"}, "there is no replica 1.5"),
        ({"replicas": 3, "slow": "1:0"}, "a factor is more than 0"),
        ({"replicas": 3, "slow": "one:2"}, "'one:2': write NUMBER:FACTOR"),
    ],
)
def test_wrong_values_are_told(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SimOptions.model_validate(values)
    assert complaint in str(caught.value)


def test_slow_replicas_have_a_speed_of_their_own() -> None:
    options = SimOptions(replicas=3, slow="2:10,3:0.5", speed=2.0)
    assert [options.of_replica(number).speed for number in (1, 2, 3)] == [2.0, 0.2, 4.0]
