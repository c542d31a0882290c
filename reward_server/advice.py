"""What to do about each cause for which something could not be scored."""

from collections.abc import Mapping

from rubrics.cause import Cause

ADVICE: Mapping[Cause, str] = {
    Cause.JUDGE_TIMEOUT: "the judge is slow or busy: add replicas, set max_concurrency, or raise timeout_s",
    Cause.JUDGE_UNREACHABLE: "check that the judge runs and that base_url is right",
    Cause.JUDGE_RATE_LIMITED: "set requests_per_minute and tokens_per_minute to what the provider allows",
    Cause.JUDGE_OVERLOADED: "add replicas, send fewer batches at once, or raise max_waiting",
    Cause.JUDGE_ERROR: "look into the judge's own log: it answered with a server error",
    Cause.JUDGE_REJECTED: "check model, api_key_env and the judge's context length: it refused the request",
    Cause.JUDGE_GARBLED: "see by `gavel judge probe` how it answers: it may take another model or `verdict`",
    Cause.JUDGE_REFUSED: "the judge declines such content: use a judge that will assess it",
    Cause.JUDGE_ABSTAINED: "the criterion may be unclear to this judge: sharpen it, add anchors",
    Cause.JUDGE_MISMATCHED: "a proxy between here and the judge mixes up replies: remove it",
    Cause.CONTENT_BREAKS_JUDGE: "read these completions: the policy may be learning to break the judge",
    Cause.LOW_COVERAGE: "see why single criteria could not be judged, or lower min_coverage knowingly",
    Cause.GRADER_TIMEOUT: "read these completions: they may be built to hang it; or raise timeout",
    Cause.GRADER_CRASHED: "read these completions: they may be built to crash the grader",
    Cause.MISSING_GROUND_TRUTH: "send ground_truth (or the label in metadata) with every rollout",
    Cause.INVALID_GROUND_TRUTH: "mend the data set: its label is not one this component knows",
    Cause.MISSING_FIELD: "let the trainer send the field that the reason names",
    Cause.COMPLETION_TOO_LONG: "raise --max-completion-chars, or lower the policy's token limit",
    Cause.GROUP_INCOMPLETE: "check that group_size is what the trainer samples, or raise `groups: wait_s`",
    Cause.COMPONENT_ERROR: "fix the component: the reason names what it raised",
    Cause.DEADLINE: "raise deadline_s, or make the judge faster",
    Cause.SHUTDOWN: "send the batch again: the server was stopping",
}
