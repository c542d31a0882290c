from reward_server.check.equation import describe, equation
from tests.reward_server.making import reward_of


def test_a_reward_is_the_sum_of_its_components() -> None:
    function = reward_of(
        """
        components:
          accuracy: {use: label_match, labels: {spam: [spam], ham: [ham]}, weight: 0.6}
          format: {use: structure, weight: 0.3}
          length: {use: target_length, weight: 0.1, gate: {on: accuracy, at_least: 1}}
          watched: {use: repetition, weight: 0}
        """
    )
    assert equation(function) == "reward = 0.6 accuracy + 0.3 format + 0.1 length [accuracy >= 1, else 0]"


def test_shares_are_shown_after_normalisation() -> None:
    assert equation(
        reward_of("components: {a: {use: structure}, b: {use: structure}, c: {use: structure}}")
    ) == ("reward = 0.3333 a + 0.3333 b + 0.3333 c")


def test_a_weight_on_the_reward_is_a_factor() -> None:
    function = reward_of(
        """
        components: {a: {use: structure}}
        weighting: {inverse_frequency: {apply: reward, label: metadata.label, table: {x: 1, y: 1}}}
        """
    )
    assert equation(function) == "reward = w(metadata.label) * (1 a)"


def test_the_description_is_what_the_url_tells() -> None:
    function = reward_of(
        """
        description: Posts.
        components:
          length: {use: repetition, weight: 2, gate: {on: format, at_least: 0.5, else: -3}}
          format: {use: structure, weight: 2}
        on_unscored: fail_batch
        """
    )
    told = describe(function)
    assert (told.name, told.description, told.on_unscored) == ("test", "Posts.", "fail_batch")
    assert told.version == function.version
    assert told.equation == "reward = 0.5 length [format >= 0.5, else -3] + 0.5 format"
    assert told.notices == ("weights sum to 4, so each is divided by 4",)
    assert (told.relative, told.questions) == (False, 0)
    length, form = told.components
    assert (length.name, length.use, length.weight, length.gate) == (
        "length",
        "repetition",
        0.5,
        "format >= 0.5, else -3",
    )
    assert (length.low, length.high) == (-3.0, 0.0)
    assert (form.name, form.low, form.high, form.gate) == ("format", 0.0, 1.0, None)
