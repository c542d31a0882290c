"""What a served reward function lends to a reward file that came in a request."""

from collections.abc import Iterator, Mapping

import msgspec

from reward_server.reward.reward_file import RewardFile
from reward_server.reward.surroundings import NamedClassifier, NamedJudge
from rubrics.document import Document
from rubrics.problems import Problem

SECTIONS = ("judges", "classifiers")


class Lender(msgspec.Struct, frozen=True):
    """Models and functions that are open already. Where they are and with which keys is not read anew."""

    source: RewardFile
    judges: Mapping[str, NamedJudge]
    classifiers: Mapping[str, NamedClassifier]
    functions: Mapping[str, object] = {}
    """What `function` options stand for, by what they say."""

    def refusals(self, document: Document) -> Iterator[Problem]:
        """A problem for each section that does not say what the served file says.

        Its texts may name variables of the environment and URLs, so it is compared as it is written.
        """
        written = document.data if isinstance(document.data, dict) else {}
        for section in SECTIONS:
            if (written.get(section) or {}) != getattr(self.source, section):
                message = f"`{section}` cannot be changed here: they are those that are being served"
                hint = "leave the section as it is; to change it, edit the file and serve that"
                yield Problem(message=message, document=document, path=(section,), hint=hint)
