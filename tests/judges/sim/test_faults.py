import math

import pytest

from judges.sim import faults
from judges.sim.faults import FaultInjector, FaultKind, FaultRates, FaultSpecError, parse_faults


def test_specification_is_read_in_order() -> None:
    rates = parse_faults(" timeout:0.05, http500 : 0.02,drip:0")
    assert rates.rates == ((FaultKind.TIMEOUT, 0.05), (FaultKind.HTTP500, 0.02), (FaultKind.DRIP, 0.0))


@pytest.mark.parametrize("spec", ["", "  "])
def test_empty_specification_means_no_faults(spec: str) -> None:
    assert parse_faults(spec) == FaultRates()


def test_rates_may_add_up_to_one() -> None:
    assert len(parse_faults("timeout:0.1,http500:0.2,html:0.3,empty:0.4").rates) == 4


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("http5oo:0.1", r"'http5oo:0.1': unknown kind \(did you mean http50"),
        ("html:0.1,banana:0.1", "'banana:0.1': unknown kind;"),
        ("timeout", "'timeout': no rate"),
        ("timeout:", "'timeout:': the rate is not a number"),
        ("timeout:often", "'timeout:often': the rate is not a number"),
        ("timeout:1.5", "'timeout:1.5': the rate is not between 0 and 1"),
        ("timeout:-0.1", "not between 0 and 1"),
        ("timeout:nan", "not between 0 and 1"),
        ("timeout:0.1,timeout:0.1", "timeout is given twice"),
        ("timeout:0.6,html:0.6", "the rates add up to 1.2, more than 1"),
        ("timeout:0.1,", "'': unknown kind"),
    ],
)
def test_error_names_the_bad_part_and_the_kinds(spec: str, complaint: str) -> None:
    with pytest.raises(FaultSpecError, match=complaint) as caught:
        parse_faults(spec)
    assert all(kind in str(caught.value) for kind in FaultKind)


def test_error_excerpt_is_bounded_and_escaped() -> None:
    with pytest.raises(FaultSpecError) as caught:
        parse_faults("\x1b" + "x" * 100_000)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_rates_lie_side_by_side() -> None:
    rates = parse_faults("timeout:0.25,html:0.5")
    picked = [rates.pick(fraction) for fraction in (0.0, 0.2499, 0.25, 0.7499, 0.75, 0.999)]
    assert picked == [
        FaultKind.TIMEOUT, FaultKind.TIMEOUT, FaultKind.HTML, FaultKind.HTML, None, None,
    ]  # fmt: skip


def fates(injector: FaultInjector, bodies: list[bytes]) -> dict[bytes, FaultKind | None]:
    return {body: injector.next(body) for body in bodies}


BODIES = [b"%d" % number for number in range(2_000)]
THIRD = parse_faults("http500:0.3")


def test_order_of_arrival_does_not_matter() -> None:
    assert fates(FaultInjector(THIRD, 1), BODIES) == fates(FaultInjector(THIRD, 1), BODIES[::-1])


def test_seed_matters() -> None:
    assert fates(FaultInjector(THIRD, 1), BODIES) != fates(FaultInjector(THIRD, 2), BODIES)


def test_rate_is_kept() -> None:
    hit = sum(fate is not None for fate in fates(FaultInjector(THIRD, 7), BODIES).values())
    assert abs(hit - 600) < 4 * math.sqrt(2_000 * 0.3 * 0.7)


def test_retry_is_a_new_attempt() -> None:
    injector = FaultInjector(THIRD, 7)
    first = fates(injector, BODIES)
    failed = [body for body, fate in first.items() if fate]
    again = sum(fate is not None for fate in fates(injector, failed).values())
    assert abs(again - 0.3 * len(failed)) < 4 * math.sqrt(len(failed) * 0.3 * 0.7)


def test_rate_of_one_fails_for_ever() -> None:
    injector = FaultInjector(parse_faults("html:1"), 0)
    assert {injector.next(b"body") for _ in range(100)} == {FaultKind.HTML}


def test_table_of_attempts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_MAX_BODIES", 10)
    injector = FaultInjector(THIRD, 0)
    fates(injector, BODIES)
    assert len(injector._attempts) == 10
