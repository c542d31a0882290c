import pytest
from msgspec.structs import replace

from reward_server.load.figures.summary import report
from reward_server.load.report import Report
from reward_server.load.requirement import broken, findings, parse_requirements
from rubrics.problems import ConfigError
from tests.reward_server.load.figures.making import JUDGE, closed, figures_of, run


def test_names_operators_and_units() -> None:
    found = parse_requirements(
        "goodput>=40, p99<8s,p50<=250ms , failures<1%,knee>32,step<30,rollouts_s>=1.5e2/s"
    )
    assert [(each.name, each.relation, each.limit) for each in found] == [
        ("goodput", ">=", 40),
        ("p99", "<", 8),
        ("p50", "<=", 0.25),
        ("failures", "<", 0.01),
        ("knee", ">", 32),
        ("step", "<", 30),
        ("rollouts_s", ">=", 150),
    ]
    assert [each.text for each in found][:3] == ["goodput>=40", "p99<8s", "p50<=250ms"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: `` is no requirement"),
        ("goodput>=40,", "column 13: `` is no requirement"),
        ("p99 < 8s, gooput>=4", "column 11: there is no figure `gooput`\n  = did you mean `goodput`?"),
        ("p99=8s", "column 4: `=` compares nothing"),
        ("p99", "column 4: nothing says how `p99` is compared"),
        ("p50<1,p99<8kg", "column 11: `p99` is not measured in `kg`\n  = it takes s, ms"),
        ("failures<5ms", "column 10: `failures` is not measured in `ms`\n  = it takes %"),
        ("knee>4s", "column 6: `knee` is not measured in `s`\n  = it takes no unit"),
        ("p99<", "column 5: `` is no number"),
        ("p99<x", "column 5: `p99` is not measured in `x`"),
        ("p99<1.2.3s", "column 5: `1.2.3` is no number"),
        ("p99<1e999", "column 5: `1e999` is no number"),
        ("p99<8s p50<1s", "column 1: `p99<8s p50<1s` is no requirement"),
        ("p99<8s\x1b[2J", "column 1: `p99<8s\\x1b[2J` is no requirement"),
    ],
)
def test_mistakes_name_their_column(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_requirements(text)
    assert message in str(error.value)


def test_a_page_of_requirements_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than 1000"):
        parse_requirements("<" * 100_000)


def check(text: str, found: Report) -> list[str]:
    return list(broken(findings(parse_requirements(text), found)))


KNEE = report(closed([1, 4, 8, 16], slots=8, service_s=0.25), slo_s=0.4)


def test_requirements_are_about_the_knee() -> None:
    assert check("rollouts_s>=31,p99<=250ms,goodput>=31,knee>=8,failures<1%", KNEE) == []
    assert check("rollouts_s>33,p99<250ms,knee>8", KNEE) == [
        "rollouts_s>33: 32/s at 8 calls in flight",
        "p99<250ms: 250 ms at 8 calls in flight",
        "knee>8: 8 in calls in flight",
    ]


def test_what_is_not_known_is_not_kept() -> None:
    without = report(closed([1, 8, 16], slots=8, service_s=0.25))
    assert check("goodput>=0", without) == ["goodput>=0: unknown at 8 calls in flight (it needs --slo)"]
    assert check("cache_hit>=0%,step<999s", KNEE) == [
        "cache_hit>=0%: unknown at 8 calls in flight",
        "step<999s: unknown: there was no burst",
    ]
    assert check("p99<9s", report(run([], []))) == ["p99<9s: unknown: nothing was measured"]


def test_without_a_knee_the_greatest_throughput_counts() -> None:
    rising = report(closed([1, 4], slots=8, service_s=0.25))
    assert check("rollouts_s>=15", rising) == []
    assert check("knee>=1", rising) == [
        (
            "knee>=1: unknown: Throughput still rose up to 4 calls in flight, the greatest load: try greater "
            "ones."
        )
    ]


def test_what_the_client_limited_is_not_known() -> None:
    limited = replace(
        KNEE, knee=None, phases=[figures_of(8, 32, limited_by=["only 1 of 8 calls were in flight"])]
    )
    assert check("rollouts_s>=1", limited) == [
        "rollouts_s>=1: unknown at 8 calls in flight, because only 1 of 8 calls were in flight"
    ]


def test_a_step_is_the_greatest_burst() -> None:
    bursts = [figures_of(load, 40, shape="burst", step_s=load / 40) for load in (64, 1024, 256)]
    assert check("step<30s", replace(KNEE, target=JUDGE, knee=None, phases=bursts)) == []
    assert check("step<25s", replace(KNEE, knee=None, phases=bursts)) == [
        "step<25s: 25.6 s at 1,024 rollouts at once"
    ]
