"""`gavel serve`: the reward URL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reward_server.limits import Limits
    from reward_server.metrics.metrics import Metrics
    from reward_server.reward.reward_function import RewardFunction
    from reward_server.store.options import StoreOptions
    from reward_server.store.recorder import Losses, Recorder

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    files: Annotated[list[Path], typer.Argument(help="Reward files; each is reached by its name.")],
    host: Annotated[
        str,
        typer.Option(envvar="GAVEL_HOST", help="Address to listen on; others than loopback need a token."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="GAVEL_PORT", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8900,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="GAVEL_ALLOWED_HOSTS",
            help="Host header to answer for, besides loopback and HOST; repeatable; * for any.",
        ),
    ] = None,
    deadline_s: Annotated[
        float, typer.Option(envvar="GAVEL_DEADLINE_S", help="Seconds for a request that names none.")
    ] = 300.0,
    drain_s: Annotated[
        float, typer.Option(envvar="GAVEL_DRAIN_S", help="Seconds for requests under way after SIGTERM.")
    ] = 30.0,
    read_s: Annotated[
        float, typer.Option(envvar="GAVEL_READ_S", help="Seconds for a request body to arrive.")
    ] = 60.0,
    max_body_bytes: Annotated[
        int, typer.Option(envvar="GAVEL_MAX_BODY_BYTES", help="Bytes of one request body.")
    ] = 64 * 2**20,
    max_rollouts: Annotated[
        int, typer.Option(envvar="GAVEL_MAX_ROLLOUTS", help="Rollouts in one request.")
    ] = 16_384,
    max_completion_chars: Annotated[
        int,
        typer.Option(
            envvar="GAVEL_MAX_COMPLETION_CHARS",
            help="Characters of one completion; a longer one is unscored.",
        ),
    ] = 1_000_000,
    max_requests: Annotated[
        int, typer.Option(envvar="GAVEL_MAX_REQUESTS", help="Requests under way at once; more get 429.")
    ] = 4_096,
    max_bytes: Annotated[
        int, typer.Option(envvar="GAVEL_MAX_BYTES", help="Body bytes under way at once; more get 429.")
    ] = 2**30,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="GAVEL_STORE",
            help="SQLite file to keep every rollout in; `none` keeps nothing. "
            "[default: ~/.local/share/gavel/rollouts.sqlite3]",
        ),
    ] = None,
    store_text: Annotated[
        str,
        typer.Option(envvar="GAVEL_STORE_TEXT", help="keep the texts of rollouts, or none of them."),
    ] = "keep",
    redact: Annotated[
        list[str] | None,
        typer.Option(envvar="GAVEL_REDACT", help="RE2 pattern of what no stored text may hold; repeatable."),
    ] = None,
    store_days: Annotated[
        float, typer.Option(envvar="GAVEL_STORE_DAYS", help="Days for which rollouts are kept.")
    ] = 30.0,
    store_gb: Annotated[
        float,
        typer.Option(envvar="GAVEL_STORE_GB", help="GB beyond which the oldest rollouts are forgotten."),
    ] = 10.0,
    log_level: Annotated[
        str, typer.Option(envvar="GAVEL_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "info",
) -> None:
    """Serve reward files at http://HOST:PORT/v1/rewards.

    GAVEL_TOKEN (or GAVEL_TOKEN_FILE) sets the bearer token. SIGTERM drains and exits 0.
    """
    from reward_server.cli.options import validated
    from reward_server.limits import Limits
    from reward_server.secrets import secret

    limits = validated(
        Limits,
        max_body_bytes=max_body_bytes,
        max_rollouts=max_rollouts,
        max_completion_chars=max_completion_chars,
        max_requests=max_requests,
        max_bytes=max_bytes,
        read_s=read_s,
        deadline_s=deadline_s,
        drain_s=drain_s,
    )
    token = secret("GAVEL_TOKEN")
    if host not in LOOPBACK and token is None:
        message = f"listening on {host} needs a bearer token: set GAVEL_TOKEN or GAVEL_TOKEN_FILE"
        raise typer.BadParameter(message, param_hint="--host")
    kept = _store_options(
        store, text=store_text, redact=tuple(redact or ()), max_age_days=store_days, max_gb=store_gb
    )
    raise typer.Exit(
        _run(files, host, port, token, allowed_host or [], limits, log_level, kept, named=bool(store))
    )


def _store_options(store: str | None, **options: object) -> "StoreOptions | None":
    """How rollouts are kept; None where they are not. Raises a usage error, ConfigError."""
    from reward_server.cli.options import validated
    from reward_server.store.options import StoreOptions, path_of

    path = path_of(store)
    flags = {"text": "--store-text", "max_age_days": "--store-days", "max_gb": "--store-gb"}
    found = validated(StoreOptions, flags, path=path or Path(), **options)
    return None if path is None else found


def _run(
    files: list[Path],
    host: str,
    port: int,
    token: str | None,
    allowed: list[str],
    limits: "Limits",
    log_level: str,
    kept: "StoreOptions | None",
    *,
    named: bool,
) -> int:
    from judges.listening import listen
    from reward_server.alarms.background import watching
    from reward_server.alarms.store_health import StoreHealth
    from reward_server.http.app import make_app
    from reward_server.http.guard import LOOPBACK_HOSTS
    from reward_server.http.server import run
    from reward_server.logs import configure
    from reward_server.metrics.metrics import Metrics
    from reward_server.namesakes import refuse_namesakes
    from reward_server.service import Service
    from reward_server.tracing.tracing import opened as opened_tracing

    configure(log_level)
    refuse_namesakes()
    tracing = opened_tracing()
    metrics = Metrics()
    functions = _load(files, metrics)
    metrics.serving(functions.values())
    health = StoreHealth(metrics.store)
    recorder = None if kept is None else _recorder(kept, health, named=named)
    listener = listen(host, port)
    hosts = [*LOOPBACK_HOSTS, host, *allowed]
    service = Service(functions, limits, recorder)
    alarms = watching(service.store_path, functions, health, metrics.alarms)
    app = make_app(service, metrics, token=token, allowed_hosts=hosts, tracing=tracing, alarms=alarms)
    return run(app, host, listener)


def _recorder(kept: "StoreOptions", losses: "Losses", *, named: bool) -> "Recorder | None":
    """The store; None where the default one cannot be had, which is told. Raises ConfigError for another."""
    from reward_server.filing.opening import opened
    from rubrics.problems import ConfigError

    try:
        return opened(kept, losses)
    except ConfigError as error:
        if named or kept.redact:
            raise
        told = f"warning: rollouts are not kept, so there is no dashboard: {error.problems[0].message}"
        typer.echo(f"{told}\n  name a file with --store, or say `--store none`\n", err=True)
        return None


def _load(files: list[Path], metrics: "Metrics") -> "dict[str, RewardFunction]":
    """Open the reward functions by name. Raises ConfigError with what is wrong with any of the files."""
    from rubrics.problems import ConfigError, Problem

    functions: dict[str, RewardFunction] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            function = _open(file, metrics)
        except ConfigError as error:
            problems += error.problems
            continue
        if function.name in functions:
            message = f"{file}: another of the files is called `{function.name}`, too"
            problems.append(Problem(message=message, hint="give each its own `name`"))
        functions[function.name] = function
    if problems:
        raise ConfigError(problems)
    return functions


def _open(file: Path, metrics: "Metrics") -> "RewardFunction":
    from reward_server.check.lint import lint
    from reward_server.reward.loading import load_reward
    from rubrics.document import load
    from rubrics.problems import ConfigError

    document = load(file)
    function = load_reward(document, metrics.judges.observer)
    problems = lint(function, document)
    if any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    for problem in problems:
        typer.echo(problem.render() + "\n", err=True)
    function.open()
    return function
