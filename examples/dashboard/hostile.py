"""Completions that attack whoever shows them: pages, terminals, tables, logs."""

from collections.abc import Iterator

from policy import Post, Rollout

MARK = "hostile"
"""What scripts here would set on a page's `window`, and what the name of each rollout begins with."""
LONGEST = 1_000_000
"""Characters of a completion that a server takes by default."""
GROUP = f'{MARK}/"><svg onload="window.{MARK}=1">'

_ANSWER = '{"policy_1": false, "policy_2": "no", "conclusion": false}'
_MARKUP = f"""</textarea></title></style></script><script>window.{MARK}=1</script> clause 3(a)
<iframe srcdoc="<script>parent.{MARK}=1</script>"></iframe><base href="http://192.0.2.1/">
<meta http-equiv="refresh" content="0;url=//192.0.2.1/"><link rel="stylesheet" href="http://192.0.2.1/x.css">
]]> --> {{{{7*7}}}} ${{7*7}}"""
_HANDLERS = f"""<img src=x onerror="window.{MARK}=1"> <details open ontoggle="window.{MARK}=1">
<a href="javascript:window.{MARK}=1" autofocus onfocus="window.{MARK}=1">clause 2(b)</a>
" onmouseover="window.{MARK}=1" ' onclick='window.{MARK}=1"""
_BIDI = (
    "clause \u202e)b(2 eht fo dne\u202c \u2066\u2067mixed\u2069\u2069 \u200f\u200e zero\u200bwidth\ufeff "
    "\u2028line\u2029 end"
)
_ESCAPES = (
    "clause 1(a) \x1b[2J\x1b[31mred\x1b]0;title\x07 \x1b]8;;http://192.0.2.1/\x1b\\link\x1b]8;;\x1b\\ "
    "\x9b31m \x1b]52;c;aGk=\x07 back\x08\x08\x08\x08 \rover\x7f"
)
_NO_UNICODE = "clause 3(c) \ud800 alone \udfff and NUL \x00 here"
_CELLS = """=HYPERLINK("http://192.0.2.1/","clause 2(a)")
+1+1
@SUM(A1)
-1,"a","b"\t|| `x` **y** [z](javascript:1)"""


def texts() -> dict[str, str]:
    """What is thought, by what is hostile about it."""
    return {
        "markup": _MARKUP,
        "handlers": _HANDLERS,
        "bidi": _BIDI,
        "escapes": _ESCAPES,
        "no-unicode": _NO_UNICODE,
        "cells": _CELLS,
        "long-line": "clause1(d)" * (LONGEST // 10 - 20),
        "too-long": "clause 1(d) " * (LONGEST // 10),
    }


def group(post: Post) -> Iterator[Rollout]:
    """One group of them, about a post; names, prompt and metadata are hostile as well."""
    for kind, text in texts().items():
        yield {
            "id": f"{MARK}/{kind}/<img src=x onerror=window.{MARK}=1>",
            "group": GROUP,
            "prompt": f"<script>window.{MARK}=1</script> \u202e{post.prompt}",
            "completion": f"<think>\n{text}\n</think>\n{_ANSWER}",
            "ground_truth": {"conclusion": post.violates},
            "metadata": {f"<b onclick=window.{MARK}=1>": text[:200], "labels": dict(post.labels)},
            "finish_reason": "stop",
            "completion_tokens": len(text) // 4,
        }
