"""Addresses made from titles, Chinese ones included."""

from django.utils.text import slugify


def slug_for(title: str, length: int = 80) -> str:
    """A lower-case ASCII slug of at most `length` characters; `news` if nothing is left.

    Chinese characters become toneless pinyin, one word each: 海诚工程 gives hai-cheng-gong-cheng.
    """
    from pypinyin import lazy_pinyin  # 0.3 s, which no server needs to start.

    words = " ".join(lazy_pinyin(title))
    slug = slugify(words)
    if len(slug) > length:
        slug = slug[: length + 1].rpartition("-")[0] or slug[:length]
    return slug.strip("-_") or "news"
