"""Calls on their way to a judge's replicas.

fleet.py     a call from its beginning to its end: attempts, second attempts, what is learnt from each
slots.py     who may call which replica now: where calls wait in line
homes.py     which replica each group is on
watch.py     ejects bad replicas, sends them canaries, finds new ones
ejection.py  which replicas to take out, decided over all of them (pure)
replica.py   one endpoint: its queue, its limits, its state
queue.py     whose turn is next: fair between callers, group by group (data structure)
routing.py   which replica a group belongs to (pure)
limiter.py   how many calls at once a replica bears, found by measuring (pure)
health.py    when a replica is out, and when it is back (pure)
rates.py     requests and tokens a minute (pure)
race.py      a second attempt against a slow one: whoever answers first
hedging.py   when a slow call deserves a second attempt (pure)
alarm.py     a timer that survives its event loop
"""
