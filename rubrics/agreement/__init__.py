"""How well a judge's verdicts agree with people's labels: pure statistics, and what they are taken of.

Every statistic is None where it is undefined, never 0: nothing was compared, or a class did not occur.
"""
