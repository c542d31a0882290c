"""Settings that let an endpoint do more, tried where a probe shows their symptom and kept where they help."""

from collections.abc import Callable, Sequence

import msgspec

from judges.backend import BackendError
from judges.backends.openai import Openai
from judges.probe.capability import LEAST_LOGPROBS, Capabilities
from judges.probe.probing import probe


class Remedy(msgspec.Struct, frozen=True):
    """A change of settings against a symptom."""

    ails: Callable[[Capabilities], bool]
    """Whether the symptom is there."""
    change: Callable[[Openai], Openai]


def _without_thoughts(options: Openai) -> Openai:
    body = {**options.extra_body, "chat_template_kwargs": {"enable_thinking": False}}
    return options.model_copy(update={"extra_body": body})


def _fewer_alternatives(options: Openai) -> Openai:
    return options.model_copy(update={"top_logprobs": 5})


def _id_in_the_body(options: Openai) -> Openai:
    return options.model_copy(update={"request_id_field": "rid"})


REMEDIES: Sequence[Remedy] = (
    Remedy(lambda found: found.thinks, _without_thoughts),
    Remedy(lambda found: found.logprobs < LEAST_LOGPROBS, _fewer_alternatives),
    Remedy(lambda found: not found.echoes, _id_in_the_body),
)
"""Some templates think unless told not to; some servers reject a request for more than 5 alternatives; SGLang
takes the request's id from a field."""


async def examine(options: Openai) -> tuple[Openai, Capabilities]:
    """Probe an endpoint thoroughly; return the settings that suit it best with what it can do under them.

    Raises BackendError, ConfigError.
    """
    found = await _probed(options)
    for remedy in REMEDIES:
        if remedy.ails(found):
            changed = remedy.change(options)
            after = await _tried(changed)
            if after is not None and not remedy.ails(after):
                options, found = changed, after
    return options, found


async def _tried(options: Openai) -> Capabilities | None:
    """What it can do under other settings; None where it does not take them."""
    try:
        return await _probed(options)
    except BackendError:
        return None


async def _probed(options: Openai) -> Capabilities:
    backend = options.open()
    try:
        return await probe(backend, thorough=True, timeout_s=options.timeout_s)
    finally:
        await backend.aclose()
