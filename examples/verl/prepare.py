"""Write rows for verl that a reward URL can score: prompt and group stand where either way in finds them.

python examples/verl/prepare.py FOLDER
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = {"train": 512, "test": 64}
ASKED = "What is {} + {}? Think inside <think> and </think>, then give the number."


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python examples/verl/prepare.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in ROWS.items():
        pq.write_table(pa.Table.from_pylist(list(rows(split, count))), folder / f"{split}.parquet")
        print(f"{folder / split}.parquet: {count} rows")


def rows(split: str, count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(split)  # noqa: S311 - sums, not secrets
    for index in range(count):
        first, second = draw.randint(10, 99), draw.randint(10, 99)
        yield row(split, index, ASKED.format(first, second), str(first + second))


def row(split: str, index: int, question: str, answer: str) -> dict[str, Any]:
    return {
        "data_source": "sums",
        "prompt": [{"role": "user", "content": question}],
        "reward_model": {"style": "rule", "ground_truth": answer},
        # `split` tells validation, `index` the group. The manager needs neither index nor prompt.
        "extra_info": {"split": split, "index": index, "prompt": question},
    }


if __name__ == "__main__":
    main()
