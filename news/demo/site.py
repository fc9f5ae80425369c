"""The demo's own site: who it says it is, and the pages at the foot of every page."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from news.models import Page, Site, SiteText, SocialLink

from .texts import key_of


def found(editor: User | None) -> Counter[str]:
    """Create what is missing of it, and say how much of what."""
    content = tomllib.loads(Path(__file__).with_name("site.toml").read_text(encoding="utf-8"))
    created = Counter(site=0, page=0)
    if not Site.objects.exists():
        _describe(content)
        created["site"] += 1
    for text in content["pages"]:
        key = key_of(f"page:{text.pop('key')}")
        taken = Page.objects.filter(language=text["language"])
        if taken.filter(translation_key=key) or taken.filter(slug=text["slug"]):
            continue
        page = Page(**text, translation_key=key, is_published=True, modified_by=editor)
        page.full_clean()
        page.save()
        created["page"] += 1
    return created


def _describe(content: dict[str, Any]) -> None:
    site = Site(**content["site"])
    site.full_clean()
    site.save()
    texts = [SiteText(site=site, **text) for text in content["texts"]]
    links = [
        SocialLink(site=site, position=position, **link)
        for position, link in enumerate(content["links"])
    ]
    for row in (*texts, *links):
        row.full_clean()
        row.save()
