"""What a probe found, for people, and the settings to paste. Pure."""

from collections.abc import Iterator, Mapping
from typing import get_args

import msgspec

from judges.backends.openai import Openai
from judges.probe.capability import Capabilities, best_form
from judges.request import Form
from rubrics.rollout import Json

SURE = 0.5
"""A canary's right answer with at most this probability was not given."""
FEW_LOGPROBS = 5

_PLAIN = ("openai", *get_args(Form))
_OBEYED = {True: "obeyed", False: "not served, or ignored", None: "not asked"}
_FORMS: Mapping[Form, str] = {
    "token": "one token, with probabilities",
    "choice": "one of the choices under constrained decoding: certain, without probabilities",
    "json": "an object under a JSON schema: certain, without probabilities",
    "text": "bare words: certain, without probabilities, and garbled whenever it says more",
}


def facts(found: Capabilities) -> Iterator[tuple[str, str]]:
    """What it can do, line by line: a name and a finding."""
    yield "log-probabilities", f"{found.logprobs} alternatives a token" if found.logprobs else "none"
    yield "structured choice", _OBEYED[found.choice]
    yield "JSON schema", _OBEYED[found.json]
    yield "names its calls", "yes" if found.echoes else "no"
    yield "counts tokens", "yes" if found.usage else "no"
    yield "prefix cache", _prefix_cache(found)
    yield "canaries", ", ".join(map(_canary, found.chances))
    yield "fastest reply", f"{found.seconds * 1000:,.0f} ms"
    yield "verdicts as", _FORMS[best_form(found)]


def _prefix_cache(found: Capabilities) -> str:
    if not found.repeated:
        return "not known"
    return f"{found.cached:,} of {found.repeated:,} tokens of a text seen before"


def _canary(chance: float | None) -> str:
    if chance is None:
        return "no verdict"
    return f"{'right' if chance > SURE else 'WRONG'} ({chance:.2f})"


def notes(found: Capabilities) -> Iterator[str]:
    """What to know or do about it."""
    if found.thinks:
        yield "It thinks before it answers, and a first token is no verdict: turn that off."
    if best_form(found) != "token":
        yield "Without log-probabilities a verdict is 0 or 1: rewards are coarser and more groups are dead."
    elif found.logprobs < FEW_LOGPROBS:
        yield f"Spellings of an answer beyond the first {found.logprobs} alternatives are not counted."
    if any(chance is None or chance <= SURE for chance in found.chances):
        yield "It got a plain question wrong: check the model and its chat template before you trust it."
    if not found.echoes:
        yield "Its replies do not name the call they answer, so each connection serves one call only."
    if found.cached:
        yield "Its prefix cache works: try `layout: listed`, and compare with `gavel judge layouts`."
    elif found.repeated:
        yield "No prefix cache was seen. If it has one, turn it on: calls about one text share most of it."


def settings(options: Openai, found: Capabilities) -> dict[str, Json]:
    """The judge's entry of a reward file, as far as it differs from the defaults."""
    chosen = options.model_dump(mode="json", exclude_defaults=True)
    chosen["base_url"] = options.base_url[0]
    return {"use": "openai", **chosen, "verdict": best_form(found)}


def yaml(entry: Mapping[str, Json]) -> str:
    """The lines to paste into a reward file."""
    lines = [f"    {name}: {_scalar(value)}" for name, value in entry.items()]
    return "\n".join(["judges:", "  default:", *lines])


def _scalar(value: Json) -> str:
    return str(value) if value in _PLAIN else msgspec.json.encode(value).decode()  # JSON is YAML
