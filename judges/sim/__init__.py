"""The simulated judge: an OpenAI-compatible server whose speed and verdicts are formulas, not a model.

It stands in for a judge in tests, demos and load tests, and says so in every reply.

    options.py       what a user may set;  pairs.py reads lists of numbers
    latency.py       how long a call takes (arithmetic);  jitter.py by what factor it differs from that
    prefix_cache.py  which prompt tokens are already computed (data structure)
    clock.py         time, which stands still in a stall
    engine.py        slots and queue: the only place that waits
    question.py      evidence, question and choices out of a user message (pure)
    verdict.py       what the judge thinks of them (pure)
    conversation.py  what it says: a verdict, several, reasoning, a quotation (pure)
    faults.py        which call suffers what (deterministic)
    chat.py          the OpenAI wire format
    app.py           routes;  wire.py, connection.py HTTP;  serve.py the process
"""

from judges.sim.options import SimOptions

__all__ = ["SimOptions"]
