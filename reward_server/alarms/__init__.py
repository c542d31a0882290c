"""Alarms: what somebody should look at in a run. They never change a reward.

detectors/  one thing that can go wrong each: pure functions of a run's steps -> signs
rules.py    all of them
raising.py  from signs, step by step, to alarms that are raised and over
following.py  a store's runs, followed as they grow
table.py    the store's tables `alarms` and `probes`
watcher.py  does all that in the background of a server
telling.py  the log, the terminal, /metrics
probing/    judges probed with canaries and anchors
"""
