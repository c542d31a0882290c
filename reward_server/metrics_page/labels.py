"""The labels of the metrics: what each means, and the closed sets that the values of most come from."""

from collections.abc import Sequence
from typing import NamedTuple, get_args

from judges.call import How
from judges.request import Usage
from reward_server.alarms.rules import RULES
from reward_server.dialects.azure import Azure
from reward_server.dialects.nemo_gym import NeMoGym
from reward_server.dialects.openrlhf import OpenRLHF
from reward_server.dialects.slime import Slime
from reward_server.http.app import make_app
from reward_server.limits import Limits
from reward_server.metrics.metrics import Metrics
from reward_server.service import Service
from reward_server.wire.status import STATUS
from rubrics.cause import Cause

OTHER = "other"


class Label(NamedTuple):
    """What a label says."""

    meaning: str
    values: Sequence[str] = ()
    """The closed set; empty where the values come from the configuration."""


CAUSES = tuple(cause.value for cause in Cause)
DIALECTS = (OpenRLHF.name, Slime.name, Azure.name, NeMoGym.name)
_ROUTES = make_app(Service({}, Limits()), Metrics()).routes
ROUTES = tuple(dict.fromkeys(str(getattr(route, "path", "")) for route in _ROUTES))

LABELS: dict[str, Label] = {
    "reward": Label("the reward function, by its `name` in the reward file"),
    "component": Label("a component of the reward function, by its name in the reward file"),
    "judge": Label("a judge, by its name in the reward file"),
    "replica": Label("a replica of a judge, by its URL in the reward file or what its DNS name stands for"),
    "rubric": Label("a rubric, by its `id`"),
    "version": Label("the rubric's `version`, as its author wrote it"),
    "digest": Label("the [digest](rubrics.md#the-digest) of what the rubric says"),
    "route": Label(
        f"a route of [the API](api.md), or `{OTHER}`; never a path as it came in", (*ROUTES, OTHER)
    ),
    "dialect": Label("the [dialect](dialects.md) of a request", DIALECTS),
    "alarm": Label("an [alarm](alarms.md#every-alarm)", tuple(rule.name for rule in RULES)),
    "subject": Label("what it is about: a component, criterion, cause or kind of dead group; or nothing"),
    "cause": Label("[why](failures.md#every-cause)", CAUSES),
    "le": Label("the upper end of a histogram's bucket"),
}
"""Labels that mean the same in every metric."""

OF_ONE: dict[tuple[str, str], Label] = {
    ("gavel_http_requests_total", "status"): Label(
        "the HTTP status; 499 where the client left first",
        tuple(sorted({"200", *(str(int(status)) for status in STATUS.values())})),
    ),
    ("gavel_rollouts_total", "status"): Label(
        "what became of a rollout; `rejected`: no answer, as the client left or the request was refused",
        ("scored", "unscored", "rejected"),
    ),
    ("gavel_repeated_requests_total", "by"): Label(
        "how the equal request was found: by its `Idempotency-Key` or by its content", ("key", "content")
    ),
    ("gavel_judge_questions_total", "outcome"): Label(
        "how a question ended: with a verdict, or unscored with its cause", ("verdict", *CAUSES)
    ),
    ("gavel_judge_spared_questions_total", "by"): Label(
        "what spared the call: the verdict cache, or an identical question in flight",
        tuple(how for how in get_args(How) if how != "called"),
    ),
    ("gavel_judge_ejections_total", "reason"): Label(
        "why a replica was taken out of service", ("failing", "silent", "slow", "wrong answers to canaries")
    ),
    ("gavel_judge_tokens_total", "kind"): Label(
        "of the prompt; of the prompt and served from the prefix cache; of the reply", Usage.__struct_fields__
    ),
}
"""Labels of one metric, by its name and theirs."""


def label(metric: str, name: str) -> Label:
    """What a label of a metric means. Raises KeyError for one that is not described."""
    return OF_ONE.get((metric, name)) or LABELS[name]
