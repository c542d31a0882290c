"""Judges probed while a run goes on: with canaries, which have no content, and with anchors, judged before.

samples.py   stored rollouts, as rollouts again
asking.py    what is asked of which judges; one rollout at a time, and only when nobody else waits
canaries.py  texts without content in the place of recent completions
anchors.py   the same rollouts again and again
prober.py    rounds of both, in the background of a server
"""
