"""Every field that a public page shows, changed in every way there is: a new edition each time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db.models import Model
from django.test import Client

from news import library, pictures
from news.models import (
    Article,
    Attachment,
    Category,
    Edition,
    Image,
    Page,
    RelatedPick,
    Site,
    SiteText,
    SocialLink,
    Status,
    Tag,
)
from tests.helpers import (
    NOW,
    make_article,
    make_attachment,
    make_category,
    make_image,
    make_page,
    make_site,
    make_tag,
    make_user,
    picture_bytes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

SHOWN = (Article, Attachment, Category, Image, Page, RelatedPick)
SHOWN += (Site, SiteText, SocialLink, Tag)
NOT_SHOWN = {
    "attachmentuse",  # Only written with the text that links to the file.
    "browsingvolume",  # The number is asked for at every view.
    "dailyviews",
    "edition",
    "knownword",  # Of search, whose pages are never kept.
    "mostread",  # Only written where an edition begins.
    "oldaddress",  # Its answer is no page, and never kept.
    "previewlink",  # Of previews, which are never kept.
    "profile",
    "pictureuse",  # Only written with the text that shows the picture.
    "refusedviews",
    "searchentry",
    "statuschange",  # Only staff see them.
    "version",  # What it becomes is the article's.
}

# What a public page shows, or depends on, and another value for it.
NEW: dict[str, Callable[[], Any]] = {
    "article.language": lambda: "zh-hans",
    "article.title": lambda: "Another title",
    "article.slug": lambda: "another-slug",
    "article.summary": lambda: "Another summary",
    "article.body": lambda: "<p>Another text.</p>",
    "article.body_text": lambda: "Another text.",
    "article.cover": make_image,
    "article.cover_alt": lambda: "Another description",
    "article.category": lambda: make_category("Awards"),
    "article.source": lambda: "Another paper",
    "article.source_url": lambda: "https://example.com/another",
    "article.editor": make_user,
    "article.status": lambda: Status.WITHDRAWN,
    "article.published_at": lambda: NOW - timedelta(days=300),
    "article.expires_at": lambda: NOW + timedelta(days=300),
    "article.pinned_until": lambda: NOW + timedelta(days=300),
    "article.translation_key": uuid.uuid4,
    "article.binned_at": lambda: NOW,
    "article.edited_at": lambda: NOW - timedelta(days=3),
    "attachment.title": lambda: "Another title",
    "attachment.file": lambda: "attachments/2026/another.pdf",
    "attachment.kind": lambda: "pdf",
    "attachment.size": lambda: 99,
    "attachment.width": lambda: 99,
    "attachment.height": lambda: 99,
    "category.language": lambda: "zh-hans",
    "category.name": lambda: "Another name",
    "category.slug": lambda: "another-slug",
    "category.description": lambda: "Another description",
    "category.translation_key": uuid.uuid4,
    "category.position": lambda: 9,
    "tag.language": lambda: "zh-hans",
    "tag.name": lambda: "Another name",
    "tag.slug": lambda: "another-slug",
    "tag.description": lambda: "Another description",
    "tag.translation_key": uuid.uuid4,
    "image.file": lambda: "pictures/2026/another.jpg",
    "image.width": lambda: 99,
    "image.height": lambda: 99,
    "image.renditions": lambda: {"avif": [99], "webp": [99]},
    "image.alt": lambda: "Another description",
    "image.caption": lambda: "Another caption",
    "relatedpick.article": make_article,
    "relatedpick.related": make_article,
    "relatedpick.position": lambda: 9,
    "page.language": lambda: "zh-hans",
    "page.title": lambda: "Another title",
    "page.slug": lambda: "another-slug",
    "page.description": lambda: "Another description",
    "page.body": lambda: "<p>Another text.</p>",
    "page.body_text": lambda: "Another text.",
    "page.is_published": lambda: False,
    "page.in_footer": lambda: False,
    "page.position": lambda: 9,
    "page.translation_key": uuid.uuid4,
    "page.modified_at": lambda: NOW - timedelta(days=300),
    "site.logo": make_image,
    "site.icp_number": lambda: "沪ICP备11111111号",
    "site.police_number": lambda: "沪公网安备11111111111111号",
    "sitetext.language": lambda: "zh-hans",
    "sitetext.name": lambda: "Another name",
    "sitetext.company": lambda: "Another company",
    "sitetext.tagline": lambda: "Another tagline",
    "sitetext.description": lambda: "Another description",
    "sitetext.footer": lambda: "Another text",
    "sitetext.address": lambda: "Another street",
    "sitetext.phone": lambda: "+86 10 1111 1111",
    "sitetext.email": lambda: "another@example.com",
    "sociallink.label": lambda: "Another network",
    "sociallink.url": lambda: "https://example.com/another",
    "sociallink.code": make_image,
    "sociallink.language": lambda: "zh-hans",
    "sociallink.position": lambda: 9,
}
# To the one row that there is.
NEVER_ANOTHER = {"sitetext.site", "sociallink.site"}
MANY_TO_MANY = {"article.tags", "article.related"}

# What the newsroom alone sees.
NOT_ON_PAGES: dict[str, Callable[[], Any]] = {
    "article.revision": lambda: 99,
    "article.imported_revision": lambda: 99,
    "article.behind_since": lambda: NOW,
    "article.created_at": lambda: NOW - timedelta(days=300),
    "article.created_by": make_user,
    "article.modified_at": lambda: NOW - timedelta(days=300),
    "article.modified_by": make_user,
    "attachment.name": lambda: "another.pdf",
    "site.revision": lambda: 99,
    "attachment.digest": lambda: "another",
    "attachment.imported_digest": lambda: "another",
    "attachment.uploaded_by": make_user,
    "attachment.uploaded_at": lambda: NOW - timedelta(days=300),
    "image.title": lambda: "Another title",
    "image.digest": lambda: "another",
    "image.imported_digest": lambda: "another",
    "image.uploaded_by": make_user,
    "image.uploaded_at": lambda: NOW - timedelta(days=300),
    "page.revision": lambda: 99,
    "page.modified_by": make_user,
}


def number() -> int:
    return Edition.objects.get().number


def one_of_each() -> dict[str, Any]:
    """One row of each model, all of which show on the article's page."""
    image = make_image(alt="Description", caption="Caption")
    video = make_attachment(kind="mp4", width=640, height=360)
    article = make_article(
        tags=(make_tag(),),
        body=f'<p><a href="{video.file.url}">Film</a></p>',
        summary="Summary",
        source="A paper",
        source_url="https://example.com/",
        cover=image,
        cover_alt="Description",
    )
    site = make_site(name="The Mill", links=["LinkedIn"])
    return {
        "article": article,
        "attachment": video,
        "category": article.category,
        "tag": article.tags.get(),
        "image": image,
        "relatedpick": RelatedPick.objects.create(article=article, related=make_article()),
        "page": make_page(),
        "site": site,
        "sitetext": site.texts.get(),
        "sociallink": site.links.get(),
    }


@pytest.fixture
def rows() -> dict[str, Any]:
    return one_of_each()


def target(rows: dict[str, Any], path: str) -> tuple[Any, str]:
    model, _, field = path.partition(".")
    return rows[model], field


def queryset(row: Any) -> Any:
    return type(row).objects.filter(pk=row.pk)


def test_every_model_is_on_a_public_page_or_known_not_to_be():
    models = {model._meta.model_name for model in apps.get_app_config("news").get_models()}
    assert models == {model._meta.model_name for model in SHOWN} | NOT_SHOWN


def test_every_field_is_changed_here_or_known_not_to_show():
    fields = {
        f"{model._meta.model_name}.{field.name}"
        for model in SHOWN
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if not field.primary_key
    }
    assert fields == NEW.keys() | MANY_TO_MANY | NOT_ON_PAGES.keys() | NEVER_ANOTHER


def test_what_is_said_not_to_show_shows_nowhere(rows):
    addresses = [
        "/en/",
        "/en/news/",
        "/en/news/archive/",
        "/en/news/archive/2025/",
        "/en/news/feed/",
        "/en/news/feed/atom/",
        "/sitemap.xml",
        "/news-sitemap.xml",
        rows["article"].get_absolute_url(),
        rows["article"].get_related_url(),
        rows["category"].get_absolute_url(),
        rows["tag"].get_absolute_url(),
        rows["page"].get_absolute_url(),
    ]
    before = [Client().get(address).content for address in addresses]
    for path, value in NOT_ON_PAGES.items():
        update(*target(rows, path), value())
    assert [Client().get(address).content for address in addresses] == before


# --- fields, written by code


def save(row: Model, field: str, value: Any) -> None:
    setattr(row, field, value)
    row.save()


def save_this_field(row: Model, field: str, value: Any) -> None:
    setattr(row, field, value)
    row.save(update_fields=[field])


def update(row: Model, field: str, value: Any) -> None:
    queryset(row).update(**{field: value})


def bulk_update(row: Any, field: str, value: Any) -> None:
    setattr(row, field, value)
    type(row).objects.bulk_update([row], [field])


@pytest.mark.parametrize("write", [save, save_this_field, update, bulk_update])
@pytest.mark.parametrize("path", NEW)
def test_a_changed_field_makes_a_new_edition(rows, path, write):
    row, field = target(rows, path)
    value = NEW[path]()
    before = number()
    write(row, field, value)
    assert number() > before


@pytest.mark.parametrize("path", NEW)
def test_a_field_that_a_fixture_changes_makes_a_new_edition(rows, path, tmp_path):
    row, field = target(rows, path)
    setattr(row, field, NEW[path]())
    fixture = tmp_path / "fixture.json"
    fixture.write_text(serializers.serialize("json", [row]))
    before = number()
    call_command("loaddata", fixture, verbosity=0)
    assert number() > before


# --- rows

CREATED: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Article: lambda rows: {"title": "New", "category": rows["category"], "status": "published"},
    Category: lambda _: {"name": "New", "slug": "new", "language": "en"},
    Tag: lambda _: {"name": "New", "slug": "new", "language": "en"},
    RelatedPick: lambda rows: {"article": rows["article"], "related": make_article()},
    Page: lambda _: {"title": "New", "slug": "new", "body": "<p>New</p>", "is_published": True},
    SiteText: lambda rows: {"site": rows["site"], "language": "zh-hans"},
    SocialLink: lambda rows: {"site": rows["site"], "label": "New"},
}


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("model", CREATED)
def test_a_new_row_makes_a_new_edition(rows, model, in_bulk):
    fields = CREATED[model](rows)
    before = number()
    if in_bulk:
        model.objects.bulk_create([model(**fields)])
    else:
        model.objects.create(**fields)
    assert number() > before


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("model", [Category, Page, RelatedPick, SiteText, SocialLink, Tag])
def test_a_deleted_row_makes_a_new_edition(rows, model, in_bulk):
    row = model.objects.create(**CREATED[model](rows))
    before = number()
    (queryset(row) if in_bulk else row).delete()
    assert number() > before


# --- pictures, which most readers never see


def shown_in(place: str, image: Image, **fields: Any) -> Article:
    if place == "cover":
        return make_article(cover=image, cover_alt="Description", **fields)
    return make_article(body=f'<p><img src="{image.url}" alt="Description"></p>', **fields)


in_every_place = pytest.mark.parametrize("place", ["cover", "text"])
HIDDEN = [Status.DRAFT, Status.IN_REVIEW, Status.WITHDRAWN]


def test_a_picture_in_the_library_alone_makes_no_new_edition():
    shown_in("cover", make_image())
    shown_in("text", make_image())
    before = number()
    image = make_image()
    save(image, "alt", "Another description")
    update(image, "alt", "A third description")
    with pictures.prepared(ContentFile(picture_bytes(), name="mill.jpg")) as new:
        library.replace(image, new)
    image.delete()
    assert number() == before


@in_every_place
@pytest.mark.parametrize("status", HIDDEN)
@pytest.mark.parametrize("write", [save, save_this_field, update])
def test_a_picture_of_a_hidden_article_makes_no_new_edition(place, status, write):
    image = make_image()
    shown_in(place, image, status=status)
    before = number()
    write(image, "alt", "Another description")
    assert number() == before


@in_every_place
@pytest.mark.parametrize("write", [save, save_this_field, update, bulk_update])
def test_a_picture_that_one_of_its_articles_shows_makes_a_new_edition(place, write):
    image = make_image()
    for status in (*HIDDEN, Status.PUBLISHED):
        shown_in(place, image, status=status)
    before = number()
    write(image, "alt", "Another description")
    assert number() > before


@in_every_place
def test_a_replaced_file_that_readers_see_makes_a_new_edition(place):
    image = make_image()
    shown_in(place, image)
    before = number()
    with pictures.prepared(ContentFile(picture_bytes(), name="mill.jpg")) as new:
        library.replace(image, new)
    assert number() > before


@pytest.mark.parametrize("place", ["logo", "code"])
@pytest.mark.parametrize("write", [save, save_this_field, update, bulk_update])
def test_a_picture_around_every_page_makes_a_new_edition(place, write):
    image = make_image()
    if place == "logo":
        make_site(logo=image)
    else:
        SocialLink.objects.create(site=make_site(), label="WeChat", code=image)
    before = number()
    write(image, "alt", "Another description")
    assert number() > before


def test_a_page_that_nobody_sees_makes_no_new_edition():
    before = number()
    page = make_page(is_published=False)
    save(page, "title", "Another title")
    update(page, "title", "A third title")
    page.delete()
    assert number() == before
    save(make_page(is_published=False), "is_published", True)
    assert number() > before


@in_every_place
def test_a_picture_is_looked_at_again_once_its_article_is_scheduled(place):
    """Its moment makes an edition, which reads the picture as it is by then."""
    image = make_image()
    article = shown_in(place, image, status=Status.DRAFT)
    article.status, article.published_at = Status.PUBLISHED, NOW + timedelta(days=1)
    article.save()
    before = number()
    save(image, "alt", "Another description")
    assert number() > before


def test_an_update_of_many_pictures_is_told_by_the_one_that_readers_see():
    images = [make_image(), make_image(), make_image()]
    shown_in("text", images[1])
    before = number()
    Image.objects.filter(pk__in=[images[0].pk, images[2].pk]).update(alt="Another description")
    assert number() == before
    Image.objects.all().update(alt="Another description")
    assert number() > before


LINKS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "tag added": lambda article, tag, _: article.tags.add(make_tag("New")),
    "tag removed": lambda article, tag, _: article.tags.remove(tag),
    "tags set": lambda article, tag, _: article.tags.set([make_tag("New")]),
    "tags cleared": lambda article, tag, _: article.tags.clear(),
    "article added to a tag": lambda article, tag, other: tag.articles.add(other),
    "article removed from a tag": lambda article, tag, _: tag.articles.remove(article),
    "articles of a tag set": lambda article, tag, other: tag.articles.set([other]),
    "articles of a tag cleared": lambda article, tag, _: tag.articles.clear(),
    "pick added": lambda article, _, other: article.related.add(other),
    "pick removed": lambda article, *_: article.related.remove(article.related.get()),
    "picks set": lambda article, _, other: article.related.set([other]),
    "picks cleared": lambda article, *_: article.related.clear(),
    "picked by another": lambda article, _, other: article.picked_by.add(other),
    "no longer picked": lambda article, *_: article.related.get().picked_by.remove(article),
    "set who picks it": lambda article, _, other: article.picked_by.set([other]),
    "picked by nobody": lambda article, *_: article.related.get().picked_by.clear(),
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_a_changed_link_makes_a_new_edition(rows, link):
    other = make_article()
    make_tag("New")
    before = number()
    link(rows["article"], rows["tag"], other)
    assert number() > before


# --- the names of editors in charge, which are their accounts'


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("write", [save, save_this_field])
def test_another_name_of_an_editor_in_charge_makes_a_new_edition(field, write):
    editor = make_user(first_name="Mei", last_name="Lin")
    make_article(editor=editor)
    before = number()
    write(editor, field, "Another")
    assert number() > before


def test_an_editor_in_charge_whose_account_is_deleted_makes_a_new_edition():
    editor = make_user(first_name="Mei", last_name="Lin")
    make_article(editor=editor)
    before = number()
    editor.delete()
    assert number() > before


def test_an_account_that_no_page_names_makes_no_new_edition():
    author = make_user()
    make_article(editor=author, status=Status.DRAFT)
    before = number()
    save(author, "first_name", "Mei")
    save(make_user(), "first_name", "Mei")
    author.delete()
    assert number() == before


def test_signing_in_makes_no_new_edition(site):
    editor = make_user(first_name="Mei")
    make_article(editor=editor)
    before = number()
    site.sign_in(editor)
    assert number() == before
