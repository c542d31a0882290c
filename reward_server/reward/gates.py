"""The order that gates impose on the columns of a reward."""

from collections.abc import Iterator, Mapping

from reward_server.reward.reward_function import Column


def cycles(gates: Mapping[str, str]) -> Iterator[list[str]]:
    """Find the rings of columns that wait for each other. `gates`: column -> the column it waits for."""
    visited: set[str] = set()
    for name in gates:
        chain: list[str] = []
        while name in gates and name not in visited:
            visited.add(name)
            chain.append(name)
            name = gates[name]  # noqa: PLW2901 - follow the chain
        if name in chain:
            yield chain[chain.index(name) :]


def in_gate_order(columns: Mapping[str, Column]) -> list[Column]:
    """The columns, each after the one that gates it. There must be no cycles."""
    ordered: dict[str, Column] = {}
    waiting = dict(columns)
    while waiting:
        ready = [name for name, c in waiting.items() if c.gate is None or c.gate.on in ordered]
        ordered |= {name: waiting.pop(name) for name in ready}
    return list(ordered.values())
