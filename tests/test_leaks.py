"""Nothing that is not public shows anywhere: not its title, not its text, not its address."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import get_resolver

from news.lost import words_of
from news.models import Article, OldAddress, Page, PreviewLink, RelatedPick
from news.preview import address_of
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_category,
    make_page,
    make_site,
    make_tag,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
UNSPEAKABLE = re.compile("unspeakable", re.IGNORECASE)


@pytest.fixture
def shown(time_machine) -> Article:
    """A public article that hidden ones surround: same category, tags, dates, picks."""
    time_machine.move_to(NOW, tick=False)
    tag = make_tag("EPC")
    shown = make_article(
        title="Shown", published_at=NOW.replace(hour=1), tags=(tag,), category=make_category()
    )
    key = shown.translation_key
    hidden = hidden_articles(
        NOW, tags=(tag,), category=make_category(), pinned_until=NOW.replace(hour=23)
    )
    Article.objects.filter(pk=hidden["draft"].pk).update(language="zh-hans", translation_key=key)
    for number, article in enumerate(hidden.values()):
        RelatedPick.objects.create(article=shown, related=article, position=number)
        OldAddress.objects.create(path=f"/en/s/1-1-{number}.html", article=article)
        PreviewLink.objects.create(article=article, expires_at=NOW + 9 * DAY, revoked_at=NOW)
    make_site(name="Shown News")
    page = make_page(slug="about")
    hide = {"title": "Unspeakable page", "body": "<p>Unspeakable</p>", "is_published": False}
    make_page(slug="hidden", **hide)
    make_page(slug="hidden", language="zh-hans", translation_key=page.translation_key, **hide)
    return shown


def addresses(shown: Article) -> list[str]:
    """Every public address there is, by the name of its pattern, for both languages."""
    month = f"{NOW:%Y}/{NOW:%m}"
    found = [
        "/",
        "/robots.txt",
        "/healthz",
        "/readyz",
        "/metrics",
        "/sitemap.xml",
        "/news-sitemap.xml",
    ]
    found += [f"/sitemap-{name}.xml" for name in ("pages-1", "tags-0", "articles-0")]
    for language in ("en", "zh-hans"):
        found += [
            f"/{language}/",
            f"/{language}/news/",
            f"/{language}/news/feed/",
            f"/{language}/news/feed/atom/",
            f"/{language}/news/category/projects/",
            f"/{language}/news/category/projects/feed/",
            f"/{language}/news/category/projects/feed/atom/",
            f"/{language}/news/tag/epc/",
            f"/{language}/news/archive/",
            f"/{language}/news/archive/{NOW:%Y}/",
            f"/{language}/news/archive/{month}/",
            f"/{language}/news/search/?q=unspeakable",
            f"/{language}/news/search/?q=unspeakable&language=all&year={NOW:%Y}",
            f"/{language}/news/search/?q=text",
            f"/{language}/news/search/?q=unspeakible",  # Which a title has something like.
            f"/{language}/news/search/titles/?q=unspeak",
            f"/{language}/projects/text-unspeakable.html",  # Nothing: what comes near is offered.
            f"/{language}/news/archive/shown-text/",
            f"/{language}/news/{shown.pk}/",
            f"/{language}/news/{shown.pk}/shown/",
            f"/{language}/news/{shown.pk}/shown/related/",
            f"/{language}/news/{shown.pk}/shown/qr.svg",
            f"/{language}/pages/about/",
            f"/{language}/pages/hidden/",
        ]
        for page in Page.objects.filter(is_published=False):
            found.append(f"/{language}/news/preview/page/{page.pk}/")
        for article in Article.objects.exclude(pk=shown.pk):
            found += [
                f"/{language}/news/{article.pk}/",
                f"/{language}/news/{article.pk}/{article.slug}/",
                f"/{language}/news/{article.pk}/other/",
                f"/{language}/news/{article.pk}/{article.slug}/related/",
                f"/{language}/news/{article.pk}/{article.slug}/qr.svg",
                f"/{language}/news/preview/{article.pk}/",
                address_of(article.preview_links.get()).replace("/en/", f"/{language}/"),
            ]
    return found + list(OldAddress.objects.values_list("path", flat=True))


def without_what_was_typed(text: str, address: str) -> str:
    """As it was typed, in small letters: no title is spelt so."""
    words = " ".join(words_of(address))
    for typed in filter(None, (address, words, quote(words))):
        text = text.replace(typed, "")
    return re.sub(r"q=unspeakable|“unspeakable”|value=\"unspeakable\"", "", text)


def test_no_public_address_tells_of_a_hidden_article(site, shown):
    visited = []
    for address in addresses(shown):
        page = site.get(address)
        asked_for_it = UNSPEAKABLE.search(address)
        text = page.text
        if asked_for_it:  # What the visitor typed may stand in the page; nothing more of it.
            text = without_what_was_typed(text, address)
        assert not UNSPEAKABLE.search(text), address
        if not asked_for_it:
            assert not UNSPEAKABLE.search(page.headers.get("Location", "")), address
        visited.append(address)
    assert len(visited) == 10 + 2 * (24 + 2 + 7 * 7) + 7


def test_every_pattern_of_the_public_site_is_among_the_visited(shown):
    resolver = get_resolver("news.urls")
    visited = "\n".join(addresses(shown))
    hidden = Article.objects.exclude(pk=shown.pk).first()
    samples = {
        "": "/en/\n",
        "news/": "/en/news/\n",
        "news/search/": "search/?",
        "news/search/titles/": "search/titles/?",
        "news/feed/": "/en/news/feed/\n",
        "news/feed/atom/": "/en/news/feed/atom/\n",
        "news/category/<slug:slug>/": "category/projects/",
        "news/category/<slug:slug>/feed/": "category/projects/feed/",
        "news/category/<slug:slug>/feed/atom/": "category/projects/feed/atom/",
        "news/tag/<slug:slug>/": "tag/epc/",
        "news/archive/": "/en/news/archive/\n",
        "news/archive/<year:year>/": f"archive/{NOW:%Y}/\n",
        "news/archive/<year:year>/<month:month>/": f"archive/{NOW:%Y}/{NOW:%m}/",
        "news/preview/<int:article_id>/": f"news/preview/{hidden.pk}/",
        "news/preview/link/<str:token>/": "news/preview/link/",
        "news/preview/page/<int:page_id>/": "news/preview/page/",
        "pages/<slug:slug>/": "/en/pages/about/\n",
        "news/<int:article_id>/": f"news/{shown.pk}/\n",
        "news/<int:article_id>/<str:slug>/": "/shown/\n",
        "news/<int:article_id>/<str:slug>/related/": "/related/",
        "news/<int:article_id>/<str:slug>/qr.svg": "/qr.svg",
    }
    patterns = [str(pattern.pattern) for pattern in resolver.url_patterns]
    assert sorted(patterns) == sorted(samples), "A new address: visit it in the leak test."
    assert all(sample in visited for sample in samples.values())


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("draft", 404),
        ("in_review", 404),
        ("scheduled", 404),
        ("binned_draft", 404),
        ("expired", 410),
        ("withdrawn", 410),
        ("binned", 410),
    ],
)
def test_readers_are_told_gone_of_what_they_saw_and_not_found_of_the_rest(
    site, time_machine, name, status
):
    time_machine.move_to(NOW)
    article = hidden_articles(NOW)[name]
    OldAddress.objects.create(path="/en/s/1-2-3.html", article=article)
    for address in (
        article.get_absolute_url(),
        f"/en/news/{article.pk}/",
        article.get_related_url(),
        article.get_qr_url(),
        "/en/s/1-2-3.html",
    ):
        assert site.get(address).status == status, address


def test_previews_are_for_staff_with_permission_only(site, time_machine):
    time_machine.move_to(NOW)
    draft = hidden_articles(NOW)["draft"]
    visitor = site.get(draft.get_preview_url())
    assert visitor.status == 302
    assert visitor.headers["Location"].startswith("/admin/login/")
    site.sign_in(make_user())  # Staff, but of another department.
    assert site.get(draft.get_preview_url()).status == 403
    site.sign_in(make_user(group="Author"))
    page = site.get(draft.get_preview_url())
    assert page.status == 200
    assert "Unspeakable text draft" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"]
