from reward_server.grading.penalty import bounds_of, scaled


def test_a_score_is_the_penalty_plus_one() -> None:
    assert (scaled(-0.25, "penalty"), scaled(-0.25, "score")) == (-0.25, 0.75)


def test_bounds_are_what_the_scale_makes_of_the_extremes() -> None:
    assert bounds_of("penalty") == (-1, 0)
    assert bounds_of("score") == (0, 1)
    assert bounds_of("penalty", 0.5) == (-0.5, 0)
    assert bounds_of("score", 0.5) == (0.5, 1)
