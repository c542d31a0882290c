"""How easily a judge is fooled under a rubric: known manipulations, applied to real samples and counted.

attack.py    what an attack is: a pure function of a text
texts.py     the attacks there are
placing.py   puts one into the parts of a completion that the rubric shows its judge
trial.py     has every attacked sample judged, each question once
interval.py  a share with its interval, and how many questions would tell
measure.py   false positives, flips and shifts, by criterion and kind; the reward gained
report.py    all of it, with the verdict on the judge and the worst examples
"""
