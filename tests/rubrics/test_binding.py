from collections.abc import Mapping
from typing import Annotated, Literal

import pytest
from pydantic import Field, field_validator, model_validator

from rubrics.binding import bind
from rubrics.document import parse
from rubrics.options import Options
from rubrics.problems import ConfigError, Problem
from rubrics.rollout import Json

KEYS = "its keys: else, mode, share"


class ByRegex(Options):
    """One of two forms."""

    regex: str


class ByField(Options):
    """The other."""

    field: str


class Inner(Options):
    """Options in options."""

    mode: Literal["all", "fraction"] = "all"
    share: Annotated[float, Field(ge=0, lt=1)] = 0.5
    else_: Annotated[int, Field(alias="else", gt=0, le=10)] = 1

    @model_validator(mode="after")
    def _consistent(self) -> "Inner":
        if self.mode == "fraction" and self.share == 0.25:
            raise ValueError("a quarter is no fraction")
        return self


class Outer(Options):
    """All kinds of fields."""

    name: Annotated[str, Field(pattern="^[a-z]+$")] = "x"
    inner: Inner = Inner()
    several: list[Inner] = []
    by_name: dict[Annotated[str, Field(pattern="^[a-z]+$")], Inner] = {}
    extract: ByRegex | ByField | None = None
    words: Annotated[list[str], Field(min_length=1, max_length=3)] = ["a"]
    flag: bool = False
    table: str | dict[str, Json] = "file"
    even: int = 0
    unique: str | None = None

    @field_validator("even")
    @classmethod
    def _even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("`even` must be even")
        return number


def problems(text: str, data: Mapping[str, Json] | None = None) -> list[Problem]:
    """What is wrong with the `options` of a document."""
    document = parse(text, "file.yaml")
    written = document.data
    assert isinstance(written, dict)
    try:
        bind(Outer, document, data or written["options"], ("options",), also=["use"])
    except ConfigError as error:
        return error.problems
    return []


def told(text: str) -> tuple[str, str, str | None]:
    """The one mistake of `options: TEXT`: the message, what is underlined, the hint."""
    (problem,) = problems(f"options: {text}")
    assert problem.document is not None
    line, caret = problem.document.excerpt(problem.path)
    return problem.message, line[caret.index("^") : caret.rindex("^") + 1], problem.hint


def test_right_data_becomes_a_model() -> None:
    document = parse("options: {inner: {else: 3}, words: [b]}")
    made = bind(Outer, document, {"inner": {"else": 3}, "words": ["b"]}, ("options",))
    assert (made.inner.else_, made.words) == (3, ["b"])


@pytest.mark.parametrize(
    ("text", "message", "underlined", "hint"),
    [
        ("{nmae: x}", "unknown key `nmae`", "nmae", "did you mean `name`?"),
        ("{Flag: x}", "unknown key `Flag`", "Flag", "did you mean `flag`?"),
        ("{us: x}", "unknown key `us`", "us", "did you mean `use`?"),
        ("{inner: {mod: all}}", "unknown key `mod`", "mod", "did you mean `mode`?"),
        ("{inner: {zzz: 1}}", "unknown key `zzz`", "zzz", "known here: else, mode, share"),
        ("{inner: {else_: 1}}", "unknown key `else_`", "else_", "did you mean `else`?"),
        ("{several: [{}, {mod: all}]}", "unknown key `mod`", "mod", "did you mean `mode`?"),
        ("{by_name: {a: {shar: 1}}}", "unknown key `shar`", "shar", "did you mean `share`?"),
        ("{by_name: {mode: {shar: 1}}}", "unknown key `shar`", "shar", "did you mean `share`?"),
        ("{flag: yes}", "`flag` should be true or false, found the text 'yes'", "yes", None),
        (
            "{flag: 'true'}",
            "`flag` should be true or false, found the text 'true'",
            "'true'",
            "remove the quotes",
        ),
        ("{flag: 1}", "`flag` should be true or false, found 1", "1", None),
        ("{name: 3}", "`name` should be text, found 3", "3", "put it in quotes"),
        ("{name: true}", "`name` should be text, found true", "true", "put it in quotes"),
        ("{name: [a]}", "`name` should be text, found a list of 1", "[a]", None),
        ("{name: A1}", "`name` should be text like ^[a-z]+$, found the text 'A1'", "A1", None),
        ("{name: ''}", "`name` should be text like ^[a-z]+$, found empty text", "''", None),
        ("{name: }", "`name` should be text, found nothing", "name", None),
        ("{name: {}}", "`name` should be text, found an empty mapping", "{}", None),
        ("{even: 1.5}", "`even` should be a whole number, found 1.5", "1.5", None),
        ("{even: '2'}", "`even` should be a whole number, found the text '2'", "'2'", "remove the quotes"),
        ("{even: x}", "`even` should be a whole number, found the text 'x'", "x", None),
        ("{even: true}", "`even` should be a whole number, found true", "true", None),
        ("{even: 3}", "`even` must be even", "3", None),
        ("{inner: {share: -1}}", "`inner.share` should be at least 0, found -1", "-1", None),
        ("{inner: {share: 1}}", "`inner.share` should be less than 1, found 1", "1", None),
        ("{inner: {else: 0}}", "`inner.else` should be greater than 0, found 0", "0", None),
        ("{inner: {else: 11}}", "`inner.else` should be at most 10, found 11", "11", None),
        (
            "{inner: {mode: fractoin}}",
            "`inner.mode` should be 'all' or 'fraction', found the text 'fractoin'",
            "fractoin",
            "did you mean `fraction`?",
        ),
        (
            "{inner: {mode: any}}",
            "`inner.mode` should be 'all' or 'fraction', found the text 'any'",
            "any",
            None,
        ),
        ("{inner: {mode: fraction, share: 0.25}}", "a quarter is no fraction", "inner", None),
        ("{inner: x}", "`inner` should be a mapping, found the text 'x'", "x", KEYS),
        ("{inner: [1]}", "`inner` should be a mapping, found a list of 1", "[1]", KEYS),
        ("{several: {}}", "`several` should be a list, found an empty mapping", "{}", None),
        ("{several: [{}, 3]}", "`several[1]` should be a mapping, found 3", "3", KEYS),
        ("{by_name: {A1: {}}}", "the key `A1` should be text like ^[a-z]+$", "A1", None),
        ("{words: []}", "`words` should have at least 1 item, found a list of 0", "[]", None),
        (
            "{words: [a, b, c, d]}",
            "`words` should have at most 3 items, found a list of 4",
            "[a, b, c, d]",
            None,
        ),
        ("{words: [a, 1]}", "`words[1]` should be text, found 1", "1", "put it in quotes"),
        ("{table: 3}", "`table` should be text or a mapping, found 3", "3", "put it in quotes"),
    ],
)
def test_each_mistake_is_named_placed_and_explained(
    text: str, message: str, underlined: str, hint: str | None
) -> None:
    if message.startswith("`flag`") and underlined == "yes":
        hint = "write `true`: in YAML 1.2 only true and false are booleans"
    assert told(text) == (message, underlined, hint)


def test_what_is_missing_is_told_where_it_belongs() -> None:
    class Needy(Options):
        """Needs something."""

        inner: ByRegex
        name: str

    document = parse("inner: {}\n", "file.yaml")
    with pytest.raises(ConfigError) as caught:
        bind(Needy, document, document.data)
    assert [(problem.message, problem.position) for problem in caught.value.problems] == [
        ("`regex` is required in `inner`", (1, 1)),
        ("`name` is required in the file", (1, 1)),
    ]


def test_either_form_of_a_union_offers_its_keys() -> None:
    hints = {problem.hint for problem in problems("options: {extract: {feld: x}}") if problem.hint}
    assert hints == {"did you mean `field`?"}


def test_all_mistakes_come_at_once_in_file_order() -> None:
    found = problems("options:\n  flag: 1\n  inner: {mod: x, share: 2}\n  nmae: x\n")
    assert [(problem.message, problem.position) for problem in found] == [
        ("`flag` should be true or false, found 1", (2, 9)),
        ("unknown key `mod`", (3, 11)),
        ("`inner.share` should be less than 1, found 2", (3, 26)),
        ("unknown key `nmae`", (4, 3)),
    ]


def test_a_value_that_was_filled_in_is_not_told() -> None:
    (problem,) = problems('options: {name: "${SECRET}"}', {"name": "Hunter2"})
    assert problem.message == "`name` should be text like ^[a-z]+$, found the text '${SECRET}'"


def test_a_value_that_stands_nowhere_is_told_as_it_is() -> None:
    with pytest.raises(ConfigError, match="should be true or false, found 3"):
        bind(Outer, parse("table: {a: x}\n"), {"flag": 3}, ("table",))


def test_a_huge_value_is_cut() -> None:
    (problem,) = problems(f"options: {{name: {'X' * 10_000}}}")
    assert len(problem.message) < 200


def test_options_that_pydantic_cannot_read_are_a_message() -> None:
    class Odd(Options):
        """Of a type that nobody can validate."""

        field: "Undefined"  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ConfigError, match="cannot be read"):
        bind(Odd, parse("{}"), {})
