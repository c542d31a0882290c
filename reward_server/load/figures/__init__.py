"""From what was written down to a report: pure functions, without a clock or a network.

summary.py    a run's report
load.py       one load's figures, all repeats together
measured.py   what of a phase counts
trace.py      the calls of one rollout, or of one group
quantiles.py  exact percentiles, and the histogram
tokens.py     token rates and the cache's hit rate
fairness.py   Jain's index
client.py     whether the load generator itself was the limit
named.py      figures by the names that people give them
second.py     a measurement cut into seconds
sampled.py    figures by repeat and by second
intervals.py  confidence intervals out of those
student.py    Student's t distribution
knee.py       where more load stops bringing more throughput
limit.py      who is the bottleneck
observed.py   one load with all that its evidence is made of
saturation.py signs that what was tested was at its limit
engine.py     what was seen of the judge's queue
verdict.py    the conclusion in plain words
timeline.py   the run second by second
notes.py      what a reader should know first
words.py      numbers in sentences
"""
