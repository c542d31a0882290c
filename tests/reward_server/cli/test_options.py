"""Options of the command line are those of the models behind them, with the same defaults."""

import pytest
from pydantic import BaseModel

from judges.sim.options import SimOptions
from reward_server.limits import Limits
from tests.command_line import commands
from tests.reward_server.cli.running import Gavel


def defaults(name: str) -> dict[str, object]:
    command = dict(commands())[name]
    return {str(getattr(p, "name")): getattr(p, "default") for p in command.params}  # noqa: B009 - not typed


@pytest.mark.parametrize(
    ("name", "model", "elsewhere"),
    [("gavel serve", Limits, set[str]()), ("gavel judge sim", SimOptions, {"api_key"})],
)
def test_every_field_is_an_option_with_its_default(
    name: str, model: type[BaseModel], elsewhere: set[str]
) -> None:
    fields = {key: field.default for key, field in model.model_fields.items() if key not in elsewhere}
    assert {key: default for key, default in defaults(name).items() if key in fields} == fields


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["judge", "sim", "--slots", "0"], "Invalid value for --slots"),
        (
            ["judge", "sim", "--fault", "banana:1"],
            "Invalid value for --fault: fault 'banana:1': unknown kind",
        ),
        (["judge", "sim", "--prefill-tps", "-1"], "Invalid value for --prefill-tps"),
        (["judge", "sim", "--ttft", "nan"], "--ttft"),
        (["judge", "sim", "--port", "65536"], "Invalid value for --port"),
        (["serve", "x.yaml", "--max-rollouts", "0"], "Invalid value for --max-rollouts"),
        (["serve", "x.yaml", "--host", "0.0.0.0"], "listening on 0.0.0.0 needs a bearer token"),
        (["serve", "x.yaml"], "cannot read x.yaml"),
        (["serv"], "Did you mean"),
        (["score", "--rewrd", "x"], "--rewrd"),
        ([], "Usage: gavel"),
        (["judge"], "Usage: gavel judge"),
        (["weights"], "Usage: gavel weights"),
    ],
)
def test_wrong_options_are_exit_2_and_named(
    arguments: list[str], said: str, gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GAVEL_TOKEN", "GAVEL_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    done = gavel(*arguments)
    assert done.code == 2
    assert said in done.err + done.out


def test_a_broken_file_and_another_are_told_together(gavel: Gavel) -> None:
    done = gavel("serve", "one.yaml", "two.yaml", "--log-level", "error")
    assert done.code == 2
    assert "cannot read one.yaml" in done.err
    assert "cannot read two.yaml" in done.err


def test_help_is_exit_0(gavel: Gavel) -> None:
    for name, _ in commands():
        done = gavel(*name.split()[1:], "-h")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"Usage: {name} ")
