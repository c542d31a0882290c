"""The metrics: names and labels that stay, and counts that add up."""

from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from judges.judge_status import JudgeStatus, ReplicaStatus
from judges.request import Usage
from reward_server.metrics.metrics import Metrics
from reward_server.reward.loading import load_reward
from rubrics.cause import Cause
from rubrics.rubric_file import load_rubric

LABELS = {
    "gavel_http_requests": {"route", "status"},
    "gavel_http_request_duration_seconds": {"route"},
    "gavel_requests_in_progress": set(),
    "gavel_requests_in_progress_bytes": set(),
    "gavel_accepted_rollouts": {"reward"},
    "gavel_rollouts": {"reward", "status"},
    "gavel_unscored_rollouts": {"reward", "cause"},
    "gavel_component_mean": {"reward", "component"},
    "gavel_dead_groups": {"reward"},
    "gavel_rubric_info": {"reward", "component", "rubric", "version", "digest"},
    "gavel_repeated_requests": {"by"},
    "gavel_stand_ins": {"reward", "dialect"},
    "gavel_groups_waiting": set(),
    "gavel_incomplete_groups": {"reward"},
    "gavel_judge_questions": {"judge", "outcome"},
    "gavel_judge_spared_questions": {"judge", "by"},
    "gavel_judge_hedges": {"judge"},
    "gavel_judge_ejections": {"judge", "reason"},
    "gavel_judge_question_duration_seconds": {"judge"},
    "gavel_judge_reply_duration_seconds": {"judge"},
    "gavel_judge_disagreement": {"judge"},
    "gavel_judge_retries": {"judge", "cause"},
    "gavel_judge_tokens": {"judge", "kind"},
    "gavel_store_rollouts": set(),
    "gavel_store_lost_rollouts": set(),
    "gavel_store_late_rollouts": set(),
    "gavel_store_write_duration_seconds": set(),
    "gavel_alarm_active": {"reward", "alarm", "subject"},
    "gavel_alarms": {"reward", "alarm"},
}
"""Every metric with its labels. Dashboards and alerts of others rely on them."""
OF_REPLICAS = {
    f"gavel_judge_replica_{name}": {"reward", "judge", "replica"}
    for name in ("in_flight", "waiting", "limit", "up")
}
"""Those that are read off the judges when somebody asks."""


def metrics_of(metrics: Metrics) -> dict[str, set[str]]:
    """Every metric of a registry with its labels."""
    collectors = metrics.registry._collector_to_names
    return {
        collector._name: set(collector._labelnames)
        for collector in collectors
        if isinstance(collector, MetricWrapperBase)
    }


def samples(metrics: Metrics) -> dict[str, float]:
    """Every sample but the histograms' buckets, by its name and label values."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_names_and_labels_are_stable() -> None:
    metrics = Metrics()
    metrics.watch(lambda: 0, lambda: 0)
    assert metrics_of(metrics) == LABELS


def test_what_is_under_way_is_read_when_asked() -> None:
    metrics, requests = Metrics(), [3]
    metrics.watch(lambda: requests[0], lambda: 4096)
    assert samples(metrics)["gavel_requests_in_progress"] == 3
    requests[0] = 0
    assert samples(metrics)["gavel_requests_in_progress"] == 0
    assert samples(metrics)["gavel_requests_in_progress_bytes"] == 4096


def test_a_request_is_counted_by_route_and_status() -> None:
    metrics = Metrics()
    metrics.answered("/v1/rewards", 200, 0.25)
    metrics.answered("/v1/rewards", 499, 0.5)
    found = samples(metrics)
    assert found["gavel_http_requests_total /v1/rewards 200"] == 1
    assert found["gavel_http_requests_total /v1/rewards 499"] == 1
    assert found["gavel_http_request_duration_seconds_sum /v1/rewards"] == 0.75


def test_a_judge_is_counted_by_outcome_cause_and_kind() -> None:
    metrics = Metrics()
    observer = metrics.judges.observer("default")
    observer.answered("verdict", 1.0)
    observer.answered(Cause.JUDGE_TIMEOUT, 2.0)
    observer.retried(Cause.JUDGE_GARBLED)
    observer.spared("cached")
    observer.hedged()
    observer.ejected("http://a/v1", "slow")
    observer.replied(Usage(prompt=100, cached=60, completion=1), 0.5)
    found = samples(metrics)
    assert found["gavel_judge_questions_total default verdict"] == 1
    assert found["gavel_judge_questions_total default judge_timeout"] == 1
    assert found["gavel_judge_question_duration_seconds_sum default"] == 3.0
    assert found["gavel_judge_reply_duration_seconds_sum default"] == 0.5
    assert found["gavel_judge_retries_total judge_garbled default"] == 1
    assert found["gavel_judge_spared_questions_total cached default"] == 1
    assert found["gavel_judge_hedges_total default"] == 1
    assert found["gavel_judge_ejections_total default slow"] == 1
    assert [
        found[f"gavel_judge_tokens_total default {kind}"] for kind in ("prompt", "cached", "completion")
    ] == [*(100, 60, 1)]


def test_replicas_are_read_when_asked() -> None:
    metrics = Metrics()
    replica = ReplicaStatus(
        name="http://a/v1", state="ejected", reason="slow", limit=64, in_flight=3, waiting=7, median_s=0.1
    )
    status = JudgeStatus(form="token", waiting=7, replicas=[replica])
    metrics.judges.watch(lambda: {("moderation", "default"): status})
    families = {
        family.name: family.samples
        for family in text_string_to_metric_families(metrics.render().decode())
        if family.name in OF_REPLICAS
    }
    assert {name: set(found[0].labels) for name, found in families.items()} == OF_REPLICAS
    assert {name.rpartition("replica_")[2]: found[0].value for name, found in families.items()} == {
        "in_flight": 3,
        "waiting": 7,
        "limit": 64,
        "up": 0,
    }


def test_the_rubrics_that_are_served_are_told_by_their_digest(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(
        "{schema: rubric/v1, id: a/b, criteria: [{id: a, check: {regex: x}}]}"
    )
    (tmp_path / "reward.yaml").write_text("{name: r, components: {c: {use: rubric, rubric: rubric.yaml}}}")
    function = load_reward(tmp_path / "reward.yaml")
    metrics = Metrics()
    metrics.serving([function])
    digest = load_rubric(tmp_path / "rubric.yaml").digest
    assert samples(metrics)[f"gavel_rubric_info c sha256:{digest} r a/b 0"] == 1
