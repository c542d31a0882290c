import pytest

from rubrics.agreement.bootstrap import Bootstrap, Interval
from rubrics.agreement.measures import Agreement, Measure, measure
from rubrics.agreement.requirement import Finding, Requirement, broken, findings, parse_requirement
from rubrics.problems import ConfigError
from tests.rubrics.agreement.making import noisy, scale


def agreement(criterion: str, **intervals: tuple[float, float] | None) -> Agreement:
    measures = {name: Measure(0.5, ends and Interval(*ends)) for name, ends in intervals.items()}
    return Agreement(criterion, ("no", "yes"), 9, 9, 9, 0.5, {}, measures, None)


CITES = agreement("cites", kappa=(0.6, 0.8), brier=(0.1, 0.2))
TONE = agreement("tone", kappa=(0.3, 0.9), brier=None)
OVERALL = agreement("overall", kappa=(0.5, 0.9), brier=(0.1, 0.3))


def found(*texts: str) -> list[tuple[str, str, float | None, bool]]:
    requirements = [parse_requirement(text) for text in texts]
    return [(f.criterion, f.metric, f.bound, f.kept) for f in findings(requirements, [CITES, TONE], OVERALL)]


def test_requirements_are_read() -> None:
    assert parse_requirement("kappa=0.6") == Requirement("kappa", 0.6)
    assert parse_requirement("overall.human_alpha=-1e-2") == Requirement("human_alpha", -0.01, "overall")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("kapa=0.6", "did you mean `kappa`?"),
        ("kappa", "write it like kappa=0.6"),
        ("kappa=high", "write it like kappa=0.6"),
        ("kappa=nan", "write it like kappa=0.6"),
        (".kappa=1", "write it like kappa=0.6"),
        ("", "known here: "),
    ],
)
def test_mistakes_are_explained(text: str, advice: str) -> None:
    with pytest.raises(ConfigError, match="--require") as error:
        parse_requirement(text)
    assert advice in str(error.value)


def test_the_lower_end_counts_and_the_limit_itself_is_kept() -> None:
    assert found("kappa=0.6") == [("cites", "kappa", 0.6, True), ("tone", "kappa", 0.3, False)]


def test_where_less_is_better_the_upper_end_counts() -> None:
    assert found("cites.brier=0.2", "overall.brier=0.2") == [
        ("cites", "brier", 0.2, True),
        ("overall", "brier", 0.3, False),
    ]


def test_without_an_interval_nothing_is_kept() -> None:
    assert found("tone.brier=1") == [("tone", "brier", None, False)]


def test_what_is_said_of_one_criterion_replaces_what_is_said_of_all() -> None:
    assert found("kappa=0.6", "tone.kappa=0.3") == [
        ("cites", "kappa", 0.6, True),
        ("tone", "kappa", 0.3, True),
    ]


@pytest.mark.parametrize("text", ["kappa_quadratic=0.5", "tine.kappa=0.5", "cites.alpha=0.5"])
def test_a_requirement_on_nothing_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigError, match="no labelled criterion"):
        found(text)


def test_a_metric_of_scales_is_required_of_scales() -> None:
    measured = [measure(each, Bootstrap(100)) for each in (noisy(12), scale([(0, 0), (1, 2), (2, 2)] * 8))]
    (finding,) = findings([parse_requirement("kappa_quadratic=0.1")], measured, None)
    assert (finding.criterion, finding.kept) == ("tone", True)


def test_broken_ones_are_told() -> None:
    kept = Finding("a", "kappa", 0.5, 0.6, kept=True)
    low = Finding("b", "kappa", 0.6, 0.55, kept=False)
    none = Finding("c", "ece", 0.1, None, kept=False)
    assert list(broken([kept, low, none])) == [
        "b: kappa is not surely at least 0.6: its interval ends at 0.550",
        "c: ece is not surely at most 0.1: it has no interval",
    ]
