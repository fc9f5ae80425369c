"""Names of languages as HTML writes them (BCP 47)."""

from __future__ import annotations

import re

# Language, script, region, variants. What else the standard knows, no newsroom writes; word
# processors mark with "x-none" what is in no language.
_TAG = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*",
    re.IGNORECASE | re.ASCII,
)


def spelt(code: str) -> str:
    """As `lang` and `hreflang` spell it: zh-hans is zh-Hans, en-gb is en-GB."""
    first, *rest = code.lower().split("-")
    ways = {2: str.upper, 4: str.title}
    return "-".join([first, *(ways.get(len(part), str)(part) for part in rest)])


def checked(tag: str) -> str | None:
    """A tag that somebody wrote, well spelt; None if it is none."""
    return spelt(tag) if _TAG.fullmatch(tag) else None
