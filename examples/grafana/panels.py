"""What the Grafana dashboard shows, row by row. `dashboard.py` makes `gavel.json` of it."""

from typing import NamedTuple

REWARD = 'reward=~"$reward"'
JUDGE = 'judge=~"$judge"'
RATE = "[$__rate_interval]"


class Query(NamedTuple):
    """One PromQL expression, and what its curves are called."""

    expr: str
    legend: str = ""


class Panel(NamedTuple):
    """One panel: what it shows, in which of Grafana's units, and how to read it."""

    title: str
    unit: str
    about: str
    queries: tuple[Query, ...]
    width: int = 8
    """Of 24."""
    kind: str = "timeseries"
    """`timeseries`, `stat` or `table`."""
    stacked: bool = False
    lowest: float | None = 0
    """Where the axis begins; None for values below 0."""

    @property
    def bounds(self) -> dict[str, float]:
        """The ends of the axis that are set."""
        return {} if self.lowest is None else {"min": self.lowest}


class Row(NamedTuple):
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def rate(metric: str, where: str = "", by: str = "") -> str:
    """How fast a counter grows a second, summed over what `by` leaves out."""
    selected = f"{metric}{{{where}}}" if where else metric
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate({selected}{RATE}))"


def share(part: str, whole: str) -> str:
    """A part of a whole, from 0 to 1; no curve while there is nothing."""
    return f"({part}) / ({whole} > 0)"


def percentiles(
    histogram: str, where: str, by: str, wanted: tuple[float, ...] = (0.5, 0.95, 0.99)
) -> tuple[Query, ...]:
    """Percentiles of a histogram, a curve each."""
    buckets = rate(f"{histogram}_bucket", where, f"le, {by}" if by else "le")
    legend = f"{{{{{by}}}}} " if by else ""
    return tuple(
        Query(f"histogram_quantile({each}, {buckets})", f"{legend}p{each * 100:g}") for each in wanted
    )


UNSCORED = rate("gavel_rollouts_total", f'{REWARD}, status="unscored"')
ANSWERED = rate("gavel_rollouts_total", f'{REWARD}, status=~"scored|unscored"')
ASKED = rate("gavel_judge_questions_total", JUDGE)
REPLICA = f"{REWARD}, {JUDGE}"

AT_A_GLANCE = Row(
    "At a glance",
    (
        Panel("Rollouts a second", "short", "Answered, scored or not.", (Query(ANSWERED),), 4, "stat"),
        Panel(
            "Unscored",
            "percentunit",
            "Share of the answered rollouts that got null. See *Unscored by cause*.",
            (Query(share(UNSCORED, ANSWERED)),),
            4,
            "stat",
        ),
        Panel(
            "Judge questions a second",
            "short",
            "Put to all judges that are chosen.",
            (Query(ASKED),),
            4,
            "stat",
        ),
        Panel(
            "Judge p95",
            "s",
            "Until a question is answered, waiting and retries included.",
            percentiles("gavel_judge_question_duration_seconds", JUDGE, "judge", (0.95,)),
            4,
            "stat",
        ),
        Panel(
            "Replicas up",
            "short",
            "In service. Less than you have: see *Ejections*.",
            (Query(f"sum (gavel_judge_replica_up{{{REPLICA}}})"),),
            4,
            "stat",
        ),
        Panel(
            "Batches under way",
            "short",
            "Being answered now.",
            (Query("sum (gavel_requests_in_progress)"),),
            4,
            "stat",
        ),
    ),
)

REWARDS = Row(
    "Rewards",
    (
        Panel(
            "Component means",
            "short",
            "Mean raw value in the last batch. One that rises while others fall is where to look for a hack.",
            (Query(f"gavel_component_mean{{{REWARD}}}", "{{reward}} {{component}}"),),
            12,
            lowest=None,
        ),
        Panel(
            "Rollouts a second by what became of them",
            "short",
            "Rejected ones got no answer: the client left, or the request was refused as a whole.",
            (Query(rate("gavel_rollouts_total", REWARD, "reward, status"), "{{reward}} {{status}}"),),
            6,
            stacked=True,
        ),
        Panel(
            "Rollouts accepted a second",
            "short",
            "Taken on for scoring. What the trainer offers.",
            (Query(rate("gavel_accepted_rollouts_total", REWARD, "reward"), "{{reward}}"),),
            6,
        ),
        Panel(
            "Unscored by cause, a second",
            "short",
            "Nulls. The cause says whose doing and what to do: docs/failures.md.",
            (Query(rate("gavel_unscored_rollouts_total", REWARD, "reward, cause"), "{{reward}} {{cause}}"),),
            12,
            stacked=True,
        ),
        Panel(
            "Stand-ins a second",
            "short",
            "Unscored rollouts that a dialect answered with a number, because it has no null.",
            (Query(rate("gavel_stand_ins_total", REWARD, "reward, dialect"), "{{reward}} {{dialect}}"),),
            6,
        ),
        Panel(
            "Rubrics",
            "short",
            "What is served: a new digest is a new reward.",
            (
                Query(
                    f"max by (reward, component, rubric, version, digest) (gavel_rubric_info{{{REWARD}}})",
                    "{{reward}} {{component}} {{rubric}} {{version}} {{digest}}",
                ),
            ),
            6,
            "table",
        ),
    ),
)

GROUPS = Row(
    "Groups",
    (
        Panel(
            "Dead groups a second",
            "short",
            "Groups whose rewards were all equal: no advantage, nothing learnt.",
            (Query(rate("gavel_dead_groups_total", REWARD, "reward"), "{{reward}}"),),
        ),
        Panel(
            "Groups that wait",
            "short",
            "For rollouts that come in other requests.",
            (Query("sum (gavel_groups_waiting)"),),
        ),
        Panel(
            "Incomplete groups a second",
            "short",
            "Not all of their rollouts arrived in time.",
            (Query(rate("gavel_incomplete_groups_total", REWARD, "reward"), "{{reward}}"),),
        ),
    ),
)

JUDGES = Row(
    "Judges",
    (
        Panel(
            "Questions a second by how they ended",
            "short",
            "`verdict`, or the cause for which there is none.",
            (Query(rate("gavel_judge_questions_total", JUDGE, "judge, outcome"), "{{judge}} {{outcome}}"),),
            stacked=True,
        ),
        Panel(
            "Time to an answer",
            "s",
            "Waiting in line and retries included: what the trainer feels.",
            percentiles("gavel_judge_question_duration_seconds", JUDGE, "judge"),
        ),
        Panel(
            "Time of a reply",
            "s",
            "One attempt that brought a reply: what the judge takes.",
            percentiles("gavel_judge_reply_duration_seconds", JUDGE, "judge"),
        ),
        Panel(
            "Retries a second by cause",
            "short",
            "Attempts that failed and were made again.",
            (Query(rate("gavel_judge_retries_total", JUDGE, "judge, cause"), "{{judge}} {{cause}}"),),
            6,
            stacked=True,
        ),
        Panel(
            "Hedges a second",
            "short",
            "Calls made a second time because they were slow; at most one in twenty.",
            (Query(rate("gavel_judge_hedges_total", JUDGE, "judge"), "{{judge}}"),),
            6,
        ),
        Panel(
            "Ejections a second",
            "short",
            "Replicas taken out of service, and why.",
            (Query(rate("gavel_judge_ejections_total", JUDGE, "judge, reason"), "{{judge}} {{reason}}"),),
            6,
        ),
        Panel(
            "Questions without a call",
            "percentunit",
            "Share that the verdict cache knew, or that joined an identical question in flight.",
            (
                Query(
                    f"{rate('gavel_judge_spared_questions_total', JUDGE, 'judge, by')}"
                    f" / on (judge) group_left ({rate('gavel_judge_questions_total', JUDGE, 'judge')} > 0)",
                    "{{judge}} {{by}}",
                ),
            ),
            6,
        ),
        Panel(
            "Tokens a second",
            "short",
            "As the judge's server counts them. `cached` are those of the prompt that its prefix cache had.",
            (Query(rate("gavel_judge_tokens_total", JUDGE, "judge, kind"), "{{judge}} {{kind}}"),),
            12,
        ),
        Panel(
            "Disagreement of votes",
            "short",
            "How far a vote lies from the finding that it was counted into, 0 to 1: panels and samples only.",
            percentiles("gavel_judge_disagreement", JUDGE, "judge", (0.5, 0.9)),
            12,
        ),
    ),
)

REPLICAS = Row(
    "Judges' replicas",
    (
        Panel(
            "In flight and limit",
            "short",
            "Calls at each replica, and how many it is given at once, as found by measuring.",
            (
                Query(f"gavel_judge_replica_in_flight{{{REPLICA}}}", "{{judge}} {{replica}} in flight"),
                Query(f"gavel_judge_replica_limit{{{REPLICA}}}", "{{judge}} {{replica}} limit"),
            ),
            12,
        ),
        Panel(
            "In line",
            "short",
            "Calls that wait. A line that never empties: the judge is the limit.",
            (Query(f"gavel_judge_replica_waiting{{{REPLICA}}}", "{{judge}} {{replica}}"),),
            6,
        ),
        Panel(
            "Up",
            "short",
            "1 in service, 0 ejected.",
            (Query(f"gavel_judge_replica_up{{{REPLICA}}}", "{{judge}} {{replica}}"),),
            6,
        ),
    ),
)

STORE = Row(
    "The rollout store",
    (
        Panel(
            "Rollouts stored a second",
            "short",
            "Each is a durable row before its answer goes out, unless it is late.",
            (Query(rate("gavel_store_rollouts_total"), "stored"),),
        ),
        Panel(
            "Rollouts not stored in time a second",
            "short",
            "Lost: answered and never stored. Late: stored after their answer. Above 0, look at the disk.",
            (
                Query(rate("gavel_store_lost_rollouts_total"), "lost"),
                Query(rate("gavel_store_late_rollouts_total"), "late"),
            ),
        ),
        Panel(
            "Time of a transaction",
            "s",
            "What a batch waits for its rows.",
            percentiles("gavel_store_write_duration_seconds", "", ""),
        ),
    ),
)

ALARMS = Row(
    "Alarms",
    (
        Panel(
            "Runs for which an alarm is raised",
            "short",
            "What each means and what to do: docs/alarms.md.",
            (
                Query(
                    f"max by (reward, alarm, subject) (gavel_alarm_active{{{REWARD}}})",
                    "{{reward}} {{alarm}} {{subject}}",
                ),
            ),
            16,
        ),
        Panel(
            "Alarms raised a second",
            "short",
            "One that is raised again and again is at its limit: docs/alarms.md says how to set it.",
            (Query(rate("gavel_alarms_total", REWARD, "reward, alarm"), "{{reward}} {{alarm}}"),),
        ),
    ),
)

HTTP = Row(
    "HTTP",
    (
        Panel(
            "Requests a second",
            "reqps",
            "By route and status. 429 is full, 503 is draining, 499 is a client that left.",
            (Query(rate("gavel_http_requests_total", by="route, status"), "{{route}} {{status}}"),),
            stacked=True,
        ),
        Panel(
            "Time to answer",
            "s",
            "From the first line of a request to the end of its answer.",
            percentiles("gavel_http_request_duration_seconds", "", "route", (0.5, 0.95)),
        ),
        Panel(
            "Repeated requests a second",
            "reqps",
            "Answered with an equal one's answer: a trainer that retries.",
            (Query(rate("gavel_repeated_requests_total", by="by"), "{{by}}"),),
            4,
        ),
        Panel(
            "Bodies under way",
            "bytes",
            "Bytes of the batches that are being answered.",
            (Query("sum (gavel_requests_in_progress_bytes)"),),
            4,
        ),
    ),
)

PROCESS = Row(
    "The process",
    (
        Panel(
            "CPU",
            "percentunit",
            "Of one core. Near 1 the server itself is the limit.",
            (Query(f'rate(process_cpu_seconds_total{{job=~"$job"}}{RATE})', "{{instance}}"),),
            6,
        ),
        Panel(
            "Memory",
            "bytes",
            "Resident.",
            (Query('process_resident_memory_bytes{job=~"$job"}', "{{instance}}"),),
            6,
        ),
        Panel(
            "Open files",
            "short",
            "Sockets included, and how many are allowed.",
            (
                Query('process_open_fds{job=~"$job"}', "{{instance}}"),
                Query('process_max_fds{job=~"$job"}', "{{instance}} allowed"),
            ),
            6,
        ),
        Panel(
            "Up for",
            "s",
            "Since the server was started.",
            (Query('time() - process_start_time_seconds{job=~"$job"}', "{{instance}}"),),
            6,
        ),
    ),
)

ROWS = (AT_A_GLANCE, ALARMS, REWARDS, GROUPS, JUDGES, REPLICAS, STORE, HTTP, PROCESS)
