"""What pages are about, in the words of schema.org, as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString

from news.languagetags import spelt
from news.models import Article
from news.moments import for_machines

Thing = dict[str, Any]

# A data block is no script, but ends where its text says that a script does. One replacement
# after the other: `str.translate` takes thirty times as long, 2 % of an article's page.
_IN_SCRIPT = [(character, f"\\u{ord(character):04X}") for character in "<>&"]


def json_ld(things: list[Thing]) -> SafeString:
    """For the inside of a `<script>` element, as Django's `json_script` would write it."""
    graph = {"@context": "https://schema.org", "@graph": things}
    written = json.dumps(graph, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _IN_SCRIPT:
        written = written.replace(character, escape)
    return SafeString(written)


def picture(url: str, width: int, height: int) -> Thing:
    return {"@type": "ImageObject", "url": url, "width": width, "height": height}


def organization(name: str, url: str, logo: Thing) -> Thing:
    return {"@type": "Organization", "name": name, "url": url, "logo": logo}


def website(name: str, url: str, language: str, publisher: Thing, searches: str) -> Thing:
    """`searches` is the address of a search for `{search_term_string}`."""
    return {
        "@type": "WebSite",
        "name": name,
        "url": url,
        "inLanguage": spelt(language),
        "publisher": publisher,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": searches},
            "query-input": "required name=search_term_string",
        },
    }


def news_article(
    article: Article,
    url: str,
    *,
    teaser: str,
    publisher: Thing,
    tags: list[str],
    image: Thing,
    editor: str,
) -> Thing:
    said: Thing = {
        "headline": article.title,
        "description": teaser,
        "mainEntityOfPage": url,
        "inLanguage": spelt(article.language),
        "datePublished": for_machines(article.published_at),
        "dateModified": for_machines(article.updated_at),
        "author": _source(article) or publisher,
        "editor": {"@type": "Person", "name": editor} if editor else None,
        "publisher": publisher,
        "articleSection": article.category.name,
        "keywords": tags,
        "image": [image],
        "isBasedOn": article.source_url,
    }
    return {"@type": "NewsArticle"} | {name: value for name, value in said.items() if value}


def _source(article: Article) -> Thing | None:
    if not article.source:
        return None
    url = {"url": article.source_url} if article.source_url else {}
    return {"@type": "Organization", "name": article.source} | url


def trail(steps: Iterable[tuple[str, str]]) -> Thing:
    """The way from the home page to this one, by names and full addresses."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate(steps, 1)
        ],
    }
