"""The metrics: names and labels that stay, and counts that add up."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from judges.backend import Usage
from reward_server.metrics import Metrics
from rubrics.outcome import Cause

LABELS = {
    "gavel_http_requests": {"route", "status"},
    "gavel_http_request_duration_seconds": {"route"},
    "gavel_requests_in_progress": set(),
    "gavel_request_body_bytes_in_progress": set(),
    "gavel_accepted_rollouts": {"reward"},
    "gavel_rollouts": {"reward", "status"},
    "gavel_unscored_rollouts": {"reward", "cause"},
    "gavel_component_mean": {"reward", "component"},
    "gavel_dead_groups": {"reward"},
    "gavel_judge_questions": {"judge", "outcome"},
    "gavel_judge_question_duration_seconds": {"judge"},
    "gavel_judge_reply_duration_seconds": {"judge"},
    "gavel_judge_retries": {"judge", "cause"},
    "gavel_judge_tokens": {"judge", "kind"},
}


def test_the_names_and_labels_are_the_documented_ones() -> None:
    metrics = Metrics()
    metrics.watch(lambda: 0, lambda: 0)
    found = {family.name: set(family._labelnames) for family in _families(metrics)}  # type: ignore[attr-defined]
    assert found == LABELS


def _families(metrics: Metrics) -> list[object]:
    return list(metrics.registry._collector_to_names)
