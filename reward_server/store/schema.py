"""The tables of a rollout store.

    runs      a training run as far as one reward function scored it; `scorer` is the newest of its `rewards`
    rewards   each version of a reward function that scored anything here
    requests  one POST, which is what is stored at once; its rollouts are numbered from `first` on
    rollouts  what is filtered, sorted and summed: a narrow row for each rollout, in order of arrival
    details   the wide rest of the same rollout
    prompts   texts that the rollouts of a group share. No rollout from `last` + `LAX` on has it
    steps     how many rollouts a step has, how many it had that were forgotten for their age or size
              (`filing/retention.py`), and statistics (`history/`): NULL once outdated, final once any were
    alarms    what was raised, since when, until when
    reports   saved load tests and calibrations
    probes    what came of probing a run's judges: a row for each round and criterion

A component's value stands in the column `v0`, `v1`, ... that is its place in `rewards.description`; from the
17th on they stand in the details alone.
"""

OURS, VERSION = 0x6776_6C32, 1
"""SQLite's `application_id` and `user_version`: what tells our files from others."""

LAX = 4_096
"""By so many rollouts `prompts.last` may be late: it is not written for every request of a step."""

VALUES = 16
_VALUES = ", ".join(f"v{place} REAL" for place in range(VALUES))

_TABLES = f"""
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, reward TEXT NOT NULL, started REAL NOT NULL,
    updated REAL NOT NULL, rollouts INTEGER NOT NULL, steps_sent INTEGER NOT NULL,
    scorer INTEGER, UNIQUE (name, reward)
);
CREATE TABLE rewards (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, description BLOB NOT NULL);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, reward INTEGER NOT NULL,
    identity BLOB, at REAL NOT NULL, first INTEGER NOT NULL, rollouts INTEGER NOT NULL, timing BLOB NOT NULL
);
CREATE INDEX requests_by_identity ON requests (identity) WHERE identity IS NOT NULL;
CREATE INDEX requests_by_step ON requests (run, step);
CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, step INTEGER NOT NULL,
    request INTEGER NOT NULL, name TEXT NOT NULL, group_name TEXT NOT NULL, reward REAL, cause TEXT,
    words INTEGER NOT NULL, tokens INTEGER, marks INTEGER NOT NULL, same INTEGER NOT NULL,
    disagreement REAL, verdicts BLOB, judging BLOB, {_VALUES}
);
CREATE INDEX rollouts_by_step ON rollouts (run, step, group_name);
CREATE TABLE details (rollout INTEGER PRIMARY KEY, prompt BLOB, content BLOB NOT NULL);
CREATE TABLE prompts (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, last INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE INDEX prompts_by_last ON prompts (last);
CREATE TABLE steps (
    run INTEGER NOT NULL, step INTEGER NOT NULL, rollouts INTEGER NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0, statistics BLOB, PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER, content BLOB NOT NULL
);
CREATE INDEX alarms_by_run ON alarms (run, name, subject);
CREATE TABLE reports (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, at REAL NOT NULL, content BLOB NOT NULL,
    page BLOB
);
CREATE TABLE probes (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, at REAL NOT NULL,
    kind TEXT NOT NULL, judge TEXT NOT NULL, criterion TEXT NOT NULL, content BLOB NOT NULL
);
CREATE INDEX probes_by_run ON probes (run, kind, criterion);
PRAGMA application_id = {OURS};
PRAGMA user_version = {VERSION};
"""
SCHEMA = tuple(statement for statement in _TABLES.split(";") if statement.strip())
