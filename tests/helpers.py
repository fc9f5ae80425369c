"""One of everything, with defaults for whatever a test does not care about."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture

from news.models import (
    Article,
    Attachment,
    Category,
    Image,
    Page,
    Site,
    SiteText,
    SocialLink,
    Status,
    Tag,
)

SITE_ZONE = ZoneInfo("Asia/Shanghai")
PUBLISHED_AT = datetime(2025, 6, 2, 9, 0, tzinfo=SITE_ZONE)
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=SITE_ZONE)

_numbers = count(1)


def make_category(name: str = "Projects", language: str = "en", **fields: Any) -> Category:
    return Category.objects.get_or_create(name=name, language=language, defaults=fields)[0]


def make_tag(name: str = "EPC", language: str = "en") -> Tag:
    return Tag.objects.get_or_create(name=name, language=language)[0]


def make_article(tags: tuple[Tag, ...] = (), **fields: Any) -> Article:
    """A public article, unless `fields` say otherwise."""
    number = next(_numbers)
    language = fields.get("language", "en")
    defaults: dict[str, Any] = {
        "title": f"Article {number}",
        "body": f"<p>Text of article {number}.</p>",
        "status": Status.PUBLISHED,
        "published_at": PUBLISHED_AT + timedelta(minutes=number),
    }
    if "category" not in fields:
        defaults["category"] = make_category(
            "Projects" if language == "en" else "工程项目", language
        )
    article = Article.objects.create(**defaults | fields)
    article.tags.set(tags)
    return article


def hidden_articles(now: datetime = NOW, **fields: Any) -> dict[str, Article]:
    """One article in every state that no visitor may see, each with the word `unspeakable`."""
    day = timedelta(days=1)
    states: dict[str, dict[str, Any]] = {
        "draft": {"status": Status.DRAFT},
        "in_review": {"status": Status.IN_REVIEW},
        "scheduled": {"published_at": now + day},
        "expired": {"published_at": now - 9 * day, "expires_at": now - day},
        "withdrawn": {"status": Status.WITHDRAWN},
        "binned": {"binned_at": now - day},
        "binned_draft": {"status": Status.DRAFT, "binned_at": now - day},
    }
    return {
        name: make_article(
            **{
                "title": f"Unspeakable {name}",
                "summary": f"Unspeakable summary {name}",
                "body": f"<p>Unspeakable text {name}</p>",
                "published_at": now - 2 * day,
                **state,
                **fields,
            }
        )
        for name, state in states.items()
    }


def make_page(**fields: Any) -> Page:
    """A published plain page, unless `fields` say otherwise."""
    number = next(_numbers)
    defaults = {
        "language": "en",
        "title": f"Page {number}",
        "body": f"<p>Text of page {number}.</p>",
        "is_published": True,
    }
    return Page.objects.create(**defaults | fields)


def make_site(language: str = "en", links: Iterable[str] = (), **fields: Any) -> Site:
    """The site as staff describe it in a language."""
    own = {field.name for field in Site._meta.concrete_fields}
    frame = {name: fields.pop(name) for name in own & fields.keys()}
    site, _ = Site.objects.update_or_create(pk=1, defaults=frame)
    SiteText.objects.update_or_create(site=site, language=language, defaults=fields)
    for label in links:
        SocialLink.objects.create(site=site, label=label)
    return site


def picture_bytes(
    format: str = "JPEG", size: tuple[int, int] = (320, 180), **options: Any
) -> bytes:
    written = io.BytesIO()
    Picture.new("RGB", size, "#0a5c7a").save(written, format, **options)
    return written.getvalue()


def make_image(**fields: Any) -> Image:
    """A library picture whose file is stored; of its sizes only the names are known."""
    number = next(_numbers)
    file = default_storage.save(f"pictures/2026/{uuid4().hex}.jpg", ContentFile(picture_bytes()))
    defaults = {"title": f"Picture {number}", "width": 320, "height": 180}
    sizes = {"avif": [160, 320], "webp": [160, 320]}
    return Image.objects.create(**defaults | {"file": file, "renditions": sizes} | fields)


def make_attachment(**fields: Any) -> Attachment:
    """A library file that is stored: a PDF, unless `fields` say otherwise."""
    number, kind = next(_numbers), fields.get("kind", "pdf")
    content = ContentFile(b"%PDF-1.7 of a test")
    file = default_storage.save(f"attachments/2026/{uuid4().hex}.{kind}", content)
    defaults = {"title": f"File {number}", "kind": kind, "size": 2_400_000, "file": file}
    return Attachment.objects.create(**defaults | fields)


def link_to(attachment: Attachment, words: str = "the report") -> str:
    """A paragraph with a link, as an editor's dialog makes it."""
    return f'<p>See <a href="{attachment.file.url}">{words}</a>.</p>'


def make_user(username: str = "", group: str = "", **fields: Any) -> User:
    """A member of staff, in a group if one is named."""
    number = next(_numbers)
    user = User.objects.create_user(
        username or f"user{number}", password="a long pass phrase", **{"is_staff": True, **fields}
    )
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user
