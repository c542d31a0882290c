"""The few words of English that the rules know."""

import re
from collections.abc import Iterable

VERBS: tuple[str, ...] = (
    *("acknowledges", "applies", "avoids", "cites", "compares", "concludes", "considers", "contains"),
    *("contradicts", "corrects", "decides", "declines", "defines", "describes", "distinguishes", "ends"),
    *("explains", "expresses", "fails", "follows", "gives", "identifies", "ignores", "includes", "insults"),
    *("introduces", "invents", "justifies", "keeps", "makes", "meets", "mentions", "mocks", "obeys", "omits"),
    *("provides", "proves", "quantifies", "recommends", "refers", "rejects", "relies", "remains", "repeats"),
    *("respects", "says", "stays", "suggests", "summarises", "summarizes", "tells", "threatens", "treats"),
    *("translates", "warns", "weighs", "writes", "is", "has", "does"),
)
"""Third person singular; no plural noun that rubrics use is spelled like one of them."""

VERBS_OR_NOUNS: tuple[str, ...] = (
    *("addresses", "admits", "advises", "answers", "asks", "assumes", "bases", "claims", "completes"),
    *(
        "covers",
        "draws",
        "finds",
        "flags",
        "highlights",
        "leaves",
        "links",
        "lists",
        "names",
        "notes",
        "offers",
    ),
    *("points", "praises", "presents", "promises", "quotes", "reaches", "reads", "refuses", "reports"),
    *(
        "requests",
        "responds",
        "restates",
        "rests",
        "shows",
        "solves",
        "speaks",
        "states",
        "supports",
        "takes",
    ),
    *("thanks", "uses", "verifies", "works"),
)
"""Third person singular, or a plural noun: what follows tells."""

QUALITIES: tuple[str, ...] = (
    *("accurate", "actionable", "appropriate", "brief", "clear", "coherent", "complete", "comprehensive"),
    *("concise", "consistent", "correct", "courteous", "creative", "detailed", "engaging", "factual"),
    *("faithful", "fluent", "friendly", "grammatical", "harmless", "helpful", "honest", "informative"),
    *("kind", "logical"),
    *("natural", "neutral", "original", "polite", "precise", "professional", "readable", "relevant"),
    *("respectful", "safe", "short", "specific", "thorough", "truthful", "understandable", "useful", "valid"),
    *("warm", "well-structured", "well-written"),
)
"""What a text can be praised for, one at a time."""

DETERMINER = (
    r"(?:the|an?|its?|their|his|her|them|this|these|those|each|every|all|any|no|not|only|at|to|why|what)"
)

_SUBORDINATE = re.compile(
    r"\b(?:that|which|who|whom|whose|where|when|whenever|if|because|since|as|although|though|while|unless|until|"
    r"before|after|what|whatever|whether|how|why)\b",
    re.IGNORECASE,
)


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of these words."""
    return f"(?:{'|'.join(map(re.escape, words))})"


def adverb(quality: str) -> str:
    """`politely` for polite, `comprehensively` for comprehensive."""
    return quality[:-2] + "ly" if quality.endswith("le") else quality + "ly"


def infinitive(verb: str) -> str:
    """`cite` for cites, `justify` for justifies, `address` for addresses."""
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("sses", "shes", "ches")) else verb[:-1]


def in_main_clause(before: str) -> bool:
    """Whether a word is still said of the statement's subject, by the words before it.

    Not after `that`, `which`, `why`, ... in the same stretch between commas. A stretch of one word is a
    member of a list, which goes on with the stretch before it.
    """
    stretches = before.split(",")
    while len(stretches) > 1 and len(stretches[-1].split()) < 2:
        stretches.pop()
    return _SUBORDINATE.search(stretches[-1]) is None
