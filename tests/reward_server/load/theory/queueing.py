"""What queueing theory says of c servers and one queue, first come first served.

Times are in the unit of `service`, rates in calls for each of it. `rho`, the load of one server, is
rate * service / servers.
"""

import heapq
import math
from collections.abc import Iterable, Sequence


def erlang_c(servers: int, rho: float) -> float:
    """The share of calls that have to wait in M/M/c (Erlang 1917), by Erlang B's recursion."""
    offered, blocked = rho * servers, 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked / (1 - rho * (1 - blocked))


def wait_mmc(servers: int, service: float, rate: float) -> float:
    """Mean wait in M/M/c: exact."""
    rho = rate * service / servers
    return erlang_c(servers, rho) * service / (servers * (1 - rho))


def wait_mdc(servers: int, service: float, rate: float) -> float:
    """Mean wait in M/D/c: half of M/M/c's, corrected for c > 1 after Cosmetatos (1975).

    Exact for one server (Pollaczek-Khinchine), within a few per cent else.
    """
    rho = rate * service / servers
    root = math.sqrt(4 + 5 * servers) - 2
    corrected = 1 + (1 - rho) * (servers - 1) * root / (16 * rho * servers)
    return wait_mmc(servers, service, rate) / 2 * corrected


def wait_mgc(servers: int, service: float, rate: float, variance: float) -> float:
    """Mean wait in M/G/c with this squared coefficient of variation (Lee and Longton 1959)."""
    return wait_mmc(servers, service, rate) * (1 + variance) / 2


def throughput(in_flight: int, servers: int, service: float) -> float:
    """Calls for each unit of time of a closed loop without think time: exact for constant service."""
    return min(in_flight, servers) / service


def waves(calls: int, servers: int, service: float) -> float:
    """How long a burst of equal calls takes."""
    return -(-calls // servers) * service


def ends(arrivals: Iterable[float], services: Iterable[float], servers: int) -> list[float]:
    """When each call ends, exactly (Kiefer and Wolfowitz 1955), whatever the arrivals and services."""
    free = [0.0] * servers
    found: list[float] = []
    for arrived, service in zip(arrivals, services, strict=True):
        end = max(arrived, heapq.heappop(free)) + service
        heapq.heappush(free, end)
        found.append(end)
    return found


def makespan(services: Sequence[float], servers: int) -> float:
    """How long a burst of different calls takes."""
    return max(ends([0.0] * len(services), services, servers))
