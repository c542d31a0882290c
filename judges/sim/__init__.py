"""The simulated judge: an OpenAI-compatible server whose speed and verdicts are formulas, not a model.

It stands in for a judge in tests, demos and load tests, and says so in every reply.

    options.py       what a user may set
    latency.py       how long a call takes (arithmetic)
    prefix_cache.py  which prompt tokens are already computed (data structure)
    engine.py        slots, queue and clock: the only place that waits
    question.py      evidence, question and choices out of a user message (pure)
    verdict.py       what the judge thinks of them (pure)
    faults.py        which call suffers what (deterministic)
    chat.py          the OpenAI wire format
    app.py, asgi.py  HTTP;  serve.py the process
"""

from judges.sim.options import SimOptions

__all__ = ["SimOptions"]
