"""The playground: an edited reward or rubric is checked and tried on rollouts. Nothing of it is kept.

`editing` has the files and the documents that an edit makes, `checking` what is wrong with one, `choosing`
and `pasting` the rollouts it is tried on, `stand_ins` the components that take stored answers, `trying` both
scores of each rollout, `comparing` what changed; `drawing` and `table` have all this as HTML, and `session`
goes through it from beginning to end.
"""
