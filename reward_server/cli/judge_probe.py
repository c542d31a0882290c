"""`gavel judge probe`: what an endpoint can do as a judge."""

from typing import TYPE_CHECKING, Annotated, Never

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from judges.backend import BackendError
    from judges.backends.openai import Openai
    from judges.probe.capability import Capabilities
    from judges.probe.catalogue import Catalogue

KEY = "OPENAI_API_KEY"
_MOST_NAMED = 8


def probe(
    url: Annotated[str, typer.Argument(help="An OpenAI-compatible endpoint, up to and including /v1.")],
    model: Annotated[str | None, typer.Option(help="Model name; not needed where there is only one.")] = None,
    api_key_env: Annotated[
        str, typer.Option(help="Environment variable with the key; unset, no key is sent.")
    ] = KEY,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find out what an endpoint can do as a judge, from about ten real requests.

    Prints what was seen, and the lines to paste into a reward file.
    """
    import asyncio

    options, found = asyncio.run(_examined(options_of(url, model, api_key_env), model))
    typer.echo(_json(options, found) if as_json else _text(options, found))


def options_of(
    url: str, model: str | None, api_key_env: str, others: "Mapping[str, object] | None" = None
) -> "Openai":
    """The options of an endpoint that is named on the command line. Raises BadParameter."""
    from pydantic import ValidationError

    from judges.backends.openai import Openai

    settings = {"base_url": url, "model": model or "?", "api_key_env": api_key_env, **(others or {})}
    try:
        return Openai.model_validate(settings)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        message = found["msg"].removeprefix("Value error, ")
        key = str(found["loc"][0]) if found["loc"] else "base_url"
        flags = {"base_url": "URL", "timeout_s": "--timeout"}
        raise typer.BadParameter(message, param_hint=flags.get(key, f"--{key}")) from None


def named_model(options: "Openai", model: str | None) -> "Openai":
    """The options with the model's name: the one given, or the only one. Raises ConfigError."""
    import asyncio

    if model is not None:
        return options
    listed = asyncio.run(_listed(options))
    return options.model_copy(update={"model": _only_model(options, listed)})


async def _listed(options: "Openai") -> "Catalogue":
    from judges.backend import BackendError

    try:
        return await _catalogue(options, None)
    except BackendError as error:
        _explain(error, options)


async def _examined(options: "Openai", model: str | None) -> "tuple[Openai, Capabilities]":
    from msgspec.structs import replace

    from judges.backend import BackendError
    from judges.probe.remedy import examine

    try:
        listed = await _catalogue(options, model)
        name = model or _only_model(options, listed)
        chosen, found = await examine(options.model_copy(update={"model": name}))
    except BackendError as error:
        _explain(error, options)
    context = next((each.context for each in listed.models if each.name == name), None)
    return chosen, replace(found, server=listed.server, context=context)


async def _catalogue(options: "Openai", model: str | None) -> "Catalogue":
    from judges.probe.catalogue import Catalogue, find_catalogue
    from reward_server.secrets import secret
    from rubrics.problems import ConfigError

    url, key = _url(options), secret(options.api_key_env or "")
    listed = await find_catalogue(url, key)
    if listed is not None:
        return listed
    if not url.endswith("/v1") and await find_catalogue(f"{url}/v1", key) is not None:
        raise ConfigError(f"there is no judge at {url}", hint=f"there is one at {url}/v1")
    if model is None:
        hint = "is it an OpenAI-compatible endpoint? If it only lists no models, name one with --model"
        raise ConfigError(f"{url}/models does not exist", hint=hint)
    return Catalogue([])


def _only_model(options: "Openai", listed: "Catalogue") -> str:
    from rubrics.problems import ConfigError

    names = [model.name for model in listed.models]
    if len(names) == 1:
        return names[0]
    if not names:
        raise ConfigError(f"{_url(options)} serves no model", hint="load one, or name one with --model")
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    raise ConfigError(
        f"{_url(options)} serves {len(names)} models", hint=f"name one with --model: {_some(names)}{more}"
    )


def _some(names: list[str]) -> str:
    return ", ".join(name if name.isprintable() else ascii(name) for name in names[:_MOST_NAMED])


def _url(options: "Openai") -> str:
    return options.base_url[0]


def _explain(error: "BackendError", options: "Openai") -> Never:
    """End with what went wrong and what to do. Raises ConfigError, or SystemExit where it may pass."""
    from rubrics.cause import Cause
    from rubrics.problems import ConfigError, Problem

    message = f"{_url(options)}: {error.detail}"
    if error.cause in (Cause.JUDGE_REJECTED, Cause.JUDGE_GARBLED):
        raise ConfigError(message, hint=_advice(error, options))
    raise SystemExit(Problem(message=message, hint=_advice(error, options)).render())


def _advice(error: "BackendError", options: "Openai") -> str:
    from reward_server.secrets import secret
    from rubrics.cause import Cause

    variable = options.api_key_env or KEY
    if error.detail.startswith(("HTTP 401", "HTTP 403")):
        if secret(variable) is None:
            return f"put its key into {variable}, or name another variable with --api-key-env"
        return f"the key in {variable} was not accepted; name another variable with --api-key-env"
    if "max_completion_tokens" in error.detail:
        return "a model that thinks first is no judge for one-token verdicts: name another with --model"
    return {
        Cause.JUDGE_UNREACHABLE: "is the engine running, and are host and port right?",
        Cause.JUDGE_TIMEOUT: "is it still loading, or busy?",
        Cause.JUDGE_RATE_LIMITED: "try again when its limit allows",
        Cause.JUDGE_GARBLED: "the URL is that of the API, not of a web page, and mostly ends in /v1",
        Cause.JUDGE_REJECTED: "this was a plain question: check --model, and the server's log",
    }.get(error.cause, "see the server's log")


def _text(options: "Openai", found: "Capabilities") -> str:
    from judges.probe.report import facts, notes, settings, yaml

    listed = list(facts(found))
    width = max(len(name) for name, _ in listed)
    lines = [f"  {name:<{width}}  {finding}" for name, finding in listed]
    paste = yaml(settings(options, found))
    advice = [f"note: {note}" for note in notes(found)]
    return "\n".join([_title(options, found), "", *lines, "", paste, *(["", *advice] if advice else [])])


def _title(options: "Openai", found: "Capabilities") -> str:
    room = f"room for {found.context:,} tokens" if found.context else ""
    about = ", ".join(part for part in (found.server, room) if part)
    return f"{options.model} at {_url(options)}" + (f" ({about})" if about else "")


def _json(options: "Openai", found: "Capabilities") -> str:
    import msgspec

    from judges.probe.capability import best_form
    from judges.probe.report import notes, settings

    report = {
        "capabilities": found,
        "verdict": best_form(found),
        "judge": settings(options, found),
        "notes": list(notes(found)),
    }
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
