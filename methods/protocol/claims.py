"""Words that promise: what no page may say of a treatment without a doctor's look."""

import re

CLAIMS = re.compile(
    r"""\b(?:
        guarantee\w* | painless\w* | miracle\w* | magic\w* | scar[- ]?less | risk[- ]free
        | (?:100|hundred)\s*(?:%|per\s?cent) | permanent\w*\s+(?:cure\w*|remov\w*)
        | (?:complete|total|perfect|entire)ly\s+(?:safe|harmless|gone|invisible)
        | no\s+(?:risks?|pain|side[- ]effects?) | never\s+fails? | world[- ]class
        | the\s+(?:very\s+)?(?:best|safest) | best\s+(?:treatment|method|results?)
        | works?\s+for\s+(?:all|everyone|everybody) | clinically\s+proven
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Each is a promise, whatever stands around it."""


def claims(text: str) -> list[str]:
    """Return the words of a text that promise, in the order in which they stand."""
    return [found.group() for found in CLAIMS.finditer(text)]
