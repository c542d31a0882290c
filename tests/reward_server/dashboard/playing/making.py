"""A reward that is served, stored rollouts of it, and edits."""

from collections.abc import Mapping
from pathlib import Path

from reward_server.dashboard.playing.checking import Checked, check
from reward_server.dashboard.playing.choosing import Choice, stored
from reward_server.dashboard.playing.comparing import Comparison, compare
from reward_server.dashboard.playing.editing import Edit
from reward_server.dashboard.playing.trying import closed, try_out
from reward_server.limits import Limits
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from reward_server.service import Service
from tests.reward_server.dashboard.looking import keep, sources
from tests.reward_server.making import rollout_of

OWN = "tests.reward_server.dashboard.playing.own_code"

REWARD = f"""name: played
components:
  short: {{use: target_length, weight: 0.5, unit: words, of: all, full: [0, 2], zero: [0, 4]}}
  quality: {{use: rubric, weight: 0.5, rubric: rubrics/quality.yaml}}
  own: {{use: python, weight: 0, function: "{OWN}:scored", options: {{word: a, times: 1}}}}
  file: {{use: python, weight: 0, function: "rewards.py:scored"}}
  kind: {{use: "{OWN}:Kind", weight: 0, path: kind.txt, least: 0.5}}
judges:
  default: {{use: scripted, otherwise: 0.75, chances: {{kind: 0.25}}}}
"""
RUBRIC = """schema: rubric/v1
id: quality
version: "1"
criteria:
  - {id: plain, ask: The text is plain.}
  - {id: kind, ask: The text is kind.}
"""
RUNS = "ran.txt"
FILE = f"""from pathlib import Path
log = Path(__file__).with_name("{RUNS}")
log.write_text(log.read_text() + "ran\\n" if log.exists() else "ran\\n")
def scored(rollout):
    return 1.0
"""


def write(folder: Path) -> Path:
    """A reward file with all that it names."""
    (folder / "rubrics").mkdir(exist_ok=True)
    (folder / "rubrics" / "quality.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "rewards.py").write_text(FILE, encoding="utf-8")
    path = folder / "reward.yaml"
    path.write_text(REWARD, encoding="utf-8")
    return path


def served_from(folder: Path) -> RewardFunction:
    """The reward, as a server has it."""
    return load_reward(write(folder))


def edit_of(text: str, file: str = "reward.yaml") -> Edit:
    return Edit(reward="played", file=file, text=text)


def checked(function: RewardFunction, text: str, file: str = "reward.yaml") -> Checked:
    """What is said of an edit."""
    return check(function, edit_of(text, file)).checked


def told(found: Checked) -> list[str]:
    """The errors, each in a line."""
    errors = [each for each in found.findings if each.severity == "error"]
    return [f"{each.file}:{each.line}: {each.message}" for each in errors]


async def fill(folder: Path, store: Path, texts: Mapping[str, str]) -> None:
    """Store one group, scored by the reward of a folder."""
    rollouts = [rollout_of(name, text, prompt="say something") for name, text in texts.items()]
    await keep(store, load_reward(folder / "reward.yaml"), *rollouts)


async def tried(
    function: RewardFunction,
    store: Path,
    text: str,
    file: str = "reward.yaml",
    *,
    choice: Choice | None = None,
    ask: int = 0,
    trust: bool = False,
) -> Comparison:
    """What an edit changes of stored rollouts."""
    loaded = check(function, edit_of(text, file))
    assert loaded.function is not None, told(loaded.checked)
    service = Service({function.name: function}, Limits())
    with sources(store, function) as found:
        chosen = stored(found, function.name, choice or Choice(), loaded.function.layout)
    try:
        return compare(await try_out(service, function, loaded.function, chosen, ask=ask, trust=trust))
    finally:
        await closed(loaded.function)
