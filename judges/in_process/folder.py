"""What a model folder holds, told in a moment and without a machine learning library.

A folder's name says nothing: training again into the same place gives another judge, whose verdicts must
not be mixed with the old one's.
"""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from rubrics.problems import ConfigError
from rubrics.rollout import Json

WHOLE_BYTES = 32 * 2**20
"""A larger file is sampled. Training changes nearly every number, so no sample misses it."""
SAMPLES = 64
SAMPLE_BYTES = 16 * 1024


def check_folder(model: str) -> None:
    """Raise ConfigError where `model` names a folder that cannot be one."""
    folder = Path(model)
    looks_like_one = folder.is_absolute() or model.startswith((".", "~"))
    if looks_like_one and not folder.is_dir():
        raise ConfigError(f"there is no folder {model}", hint=f"looked for it from {Path.cwd()}")
    if folder.is_dir() and not (folder / "config.json").is_file():
        hint = "give the folder that `save_pretrained` wrote"
        raise ConfigError(f"the folder {model} holds no model: no config.json", hint=hint)


def identity(model: str, revision: str | None) -> Json:
    """What stands for a model in `reward_version`: a folder's content, or the name and revision of a hub."""
    folder = Path(model)
    return {"content": fingerprint(folder)} if folder.is_dir() else {"name": model, "revision": revision}


def fingerprint(folder: Path) -> str:
    """32 hexadecimal digits from every file: name, size and content (of a large one, in samples).

    Raises OSError.
    """
    digest = blake2b(digest_size=16)
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(f"{path.name}\n{path.stat().st_size}\n".encode("utf-8", "surrogateescape"))
        for block in _blocks(path):
            digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    if size <= WHOLE_BYTES:
        yield path.read_bytes()
        return
    with path.open("rb") as file:
        for number in range(SAMPLES):
            file.seek((size - SAMPLE_BYTES) * number // (SAMPLES - 1))
            yield file.read(SAMPLE_BYTES)
