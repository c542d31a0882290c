"""Serve the null judge: `python -m benchmarks.null_judge --delay 0.05 --replicas 8 --slow 1`.

Prints a line with the base URL of each replica once they answer, and serves until it is terminated.
`GET /stats` on any of them tells what they counted; `POST /stats` tells and starts again.
"""

import argparse
import asyncio
import contextlib
import gc
import random
import signal
from collections.abc import Callable

import uvloop

from benchmarks.null_judge.ledger import Ledger
from benchmarks.null_judge.replica import Replica
from benchmarks.null_judge.slots import Slots

BACKLOG = 8_192


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--delay", type=float, default=0.05, help="seconds of a call")
    parser.add_argument("--slots", type=int, help="calls at once on a replica; the others queue")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--slow", type=int, default=0, help="how many of the replicas are slow")
    parser.add_argument("--slowness", type=float, default=10.0, help="how many times as slow")
    parser.add_argument("--stragglers", type=float, default=0.0, help="share of calls that take --tail")
    parser.add_argument("--tail", type=float, default=2.0, help="seconds of a straggler")
    parser.add_argument("--keep-prompts", action="store_true", help="count prefill tokens")
    return parser.parse_args()


def service(options: argparse.Namespace, number: int) -> Callable[[], float]:
    """Draw the seconds of the next call on replica `number`."""
    delay = options.delay * (options.slowness if number < options.slow else 1.0)
    if not options.stragglers:
        return lambda: delay
    chance = random.Random(number)
    return lambda: options.tail if chance.random() < options.stragglers else delay


async def serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    ledger = Ledger(keep_prompts=options.keep_prompts)
    replicas = [
        Replica(number, Slots(options.slots, service(options, number)), ledger)
        for number in range(options.replicas)
    ]
    servers = [
        await loop.create_server(each.connection, "127.0.0.1", 0, backlog=BACKLOG) for each in replicas
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print("null judge at", *(f"http://127.0.0.1:{port}/v1" for port in ports), flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


if __name__ == "__main__":
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(arguments()))
