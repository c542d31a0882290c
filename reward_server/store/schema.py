"""The tables of a rollout store.

    runs      a training run as far as one reward function scored it
    rewards   each version of a reward function that scored anything here
    requests  one POST, which is what is stored at once
    rollouts  what is filtered, sorted and summed: a narrow row for each rollout, in order of arrival
    details   the wide rest of the same rollout
    prompts   texts that the rollouts of a group share
    steps     how many rollouts a step has, and statistics of them (`history/`), NULL once they are outdated
    alarms    what was raised, since when, until when
    reports   saved load tests and calibrations

A component's value stands in the column `v0`, `v1`, ... that is its place in `rewards.description`; from the
17th on they stand in the details alone.
"""

OURS, VERSION = 0x6776_6C32, 1
"""SQLite's `application_id` and `user_version`: what tells our files from others."""

VALUES = 16
_VALUES = ", ".join(f"v{place} REAL" for place in range(VALUES))

_TABLES = f"""
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, reward TEXT NOT NULL, started REAL NOT NULL,
    updated REAL NOT NULL, rollouts INTEGER NOT NULL, steps_sent INTEGER NOT NULL, UNIQUE (name, reward)
);
CREATE TABLE rewards (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, description BLOB NOT NULL);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, reward INTEGER NOT NULL,
    identity BLOB, at REAL NOT NULL, rollouts INTEGER NOT NULL, timing BLOB NOT NULL
);
CREATE INDEX requests_by_identity ON requests (identity) WHERE identity IS NOT NULL;
CREATE INDEX requests_by_step ON requests (run, step);
CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, request INTEGER NOT NULL,
    name TEXT NOT NULL, group_name TEXT NOT NULL, reward REAL, cause TEXT, words INTEGER NOT NULL,
    tokens INTEGER, marks INTEGER NOT NULL, same INTEGER NOT NULL, disagreement REAL, verdicts BLOB,
    judging BLOB, {_VALUES}
);
CREATE INDEX rollouts_by_step ON rollouts (run, step, group_name);
CREATE INDEX rollouts_by_request ON rollouts (request);
CREATE TABLE details (rollout INTEGER PRIMARY KEY, prompt BLOB, content BLOB NOT NULL);
CREATE TABLE prompts (digest BLOB PRIMARY KEY, content BLOB NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE steps (
    run INTEGER NOT NULL, step INTEGER NOT NULL, rollouts INTEGER NOT NULL, statistics BLOB,
    PRIMARY KEY (run, step)
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
PRAGMA application_id = {OURS};
PRAGMA user_version = {VERSION};
"""
SCHEMA = tuple(statement for statement in _TABLES.split(";") if statement.strip())
