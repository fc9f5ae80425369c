"""Previews: what is not public yet, as readers will see it, for staff."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from news import browsing, edition, versions, workflow
from news.models import (
    Article,
    BrowsingVolume,
    DailyViews,
    PreviewLink,
    RefusedViews,
    RelatedPick,
    Status,
    Version,
)
from news.preview import address_of
from news.transitions import TRANSITIONS
from tests.conftest import Answer, Site
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

DAY = timedelta(days=1)


@pytest.fixture
def desk(site: Site) -> User:
    """An editor, signed in to `site`."""
    user = make_user("desk", "Editor", first_name="Mei", last_name="Lin")
    site.sign_in(user)
    return user


@pytest.fixture
def visitor() -> Site:
    return Site()


def change(article: Article, by: User, **content: Any) -> Version:
    """Change a published article as its form does; readers see nothing of it."""
    row = Article.objects.get(pk=article.pk)
    versions.save(row, versions.desk(row).shown | content, by)
    return article.versions.first()


def publish(article: Article, by: User, at: Any = None) -> None:
    workflow.perform(TRANSITIONS["publish"], article.pk, by, at=at)


def make_link(article: Article, **fields: Any) -> PreviewLink:
    """Made a moment after what was done before it, as all links are."""
    defaults = {
        "recipient": "Ms Okafor",
        "created_at": timezone.now() + timedelta(microseconds=1),
        "expires_at": NOW + 7 * DAY,
    }
    if "created_by" not in fields:
        defaults["created_by"] = make_user()
    return PreviewLink.objects.create(article=article, **defaults | fields)


def frame(article: Article) -> str:
    return f"/admin/news/article/{article.pk}/preview/"


def another_content() -> dict[str, Any]:
    """Everything of it is another than `make_article` gives."""
    image = make_image(alt="A mill", caption="Steam at dawn")
    picture = f'<img src="{image.url}" alt="Inside" data-picture="{image.pk}">'
    return {
        "title": "Another title",
        "summary": "Another summary",
        "body": f"<h2>Heading</h2><p>{picture}</p><table><tbody><tr><td>1</td></tr></tbody>"
        "</table>",
        "cover": image.pk,
        "cover_alt": "The mill from above",
        "category": make_category("Awards").pk,
        "tags": [make_tag("New tag").pk],
        "source": "Another paper",
        "source_url": "https://example.com/paper",
        "related": [make_article(title="Picked second").pk, make_article(title="Picked").pk],
    }


def shown(page: Answer) -> str:
    """What the page says and shows below its menu, but for the bar, the number, and the ways to
    share what is public."""
    assert page.status == 200
    main = re.search(r"<main.*</main>", page.text, re.S)[0]
    main = re.sub(r'<aside class="preview-bar".*?</aside>', "", main, flags=re.S)
    main = re.sub(r'<p class="article-address">.*?</section>', "", main, flags=re.S)
    main = re.sub(r'(<span class="facts-number">)\d+', r"\1", main)
    return "\n".join(line.strip() for line in main.splitlines() if line.strip())


def title(page: Answer) -> str:
    return re.search(r'<h1 class="article-title">(.*?)</h1>', page.text)[1]


def bar(page: Answer) -> str:
    aside = re.search(r'<aside class="preview-bar".*?</aside>', page.text, re.S)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", aside).split())


def neighbours(page: Answer) -> str:
    nav = re.search(r'<nav class="neighbours".*?</nav>', page.text, re.S)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", nav).split())


# --- what is shown


@pytest.mark.usefixtures("desk")
def test_a_public_article_is_shown_as_it_is(site, visitor):
    make_article(title="Beside it")
    article = make_article(tags=(make_tag(),), cover=make_image(alt="A mill"), source="A paper")
    page = site.get(article.get_preview_url())
    assert shown(page) == shown(visitor.get(article.get_absolute_url()))
    assert bar(page) == (
        "Preview · Public Only staff see this page. It is not counted. Edit this article"
    )


def test_a_draft_is_the_page_that_it_becomes(site, visitor, desk):
    make_article(title="Beside it")
    article = make_article(status=Status.DRAFT, published_at=NOW, title="To be")
    versions.save(article, versions.live_content(article) | another_content(), desk)
    page = site.get(article.get_preview_url())
    assert bar(page).startswith("Preview · Draft ")
    publish(article, desk)
    assert shown(page) == shown(visitor.get(article.get_absolute_url()))


def test_a_change_is_shown_whole_while_readers_see_what_they_saw(site, visitor, desk):
    make_article(title="Same category", category=make_category("Awards"))
    article = make_article(tags=(make_tag("Old tag"),), title="Old title")
    RelatedPick.objects.create(article=article, related=make_article(title="Picked before"))
    content = another_content()
    before = shown(visitor.get(article.get_absolute_url()))
    change(article, desk, **content)
    page = site.get(article.get_preview_url())
    assert title(page) == "Another title"
    for text in (
        "Another summary",
        "The mill from above",
        "Steam at dawn",
        'alt="Inside"',
        "New tag",
        "Another paper",
        "Same category",
    ):
        assert text in shown(page), text
    assert shown(page).index("Picked second") < shown(page).index(">Picked<")
    for text in ("Old title", "Old tag", "Picked before", "unnamed"):
        assert text not in shown(page), text
    assert bar(page).startswith(
        "Preview · change not published yet (Draft) Saved by Mei Lin. Only staff see this page."
    )
    assert shown(visitor.get(article.get_absolute_url())) == before
    publish(article, desk)
    # The slug is no part of the content, so the address is the same.
    assert shown(visitor.get(article.get_absolute_url())) == shown(page)


def test_a_change_without_tags_picks_and_cover_shows_none(site, desk):
    tag = make_tag("Old tag")
    article = make_article(tags=(tag,), cover=make_image(alt="A mill"), cover_alt="A mill")
    picked = make_article(title="Picked before", category=make_category("Awards"))
    RelatedPick.objects.create(article=article, related=picked)
    change(article, desk, tags=[], related=[], cover=None, cover_alt="", summary="", body="")
    page = shown(site.get(article.get_preview_url()))
    for text in ("Old tag", "Picked before", "A mill", "article-cover", "article-lead"):
        assert text not in page


def test_a_change_in_review_says_so(site, desk):
    article = make_article()
    change(article, desk, title="Another title")
    workflow.perform(TRANSITIONS["submit"], article.pk, desk)
    assert "change not published yet (In review)" in bar(site.get(article.get_preview_url()))


def test_what_a_change_picks_is_shown_only_if_readers_could_see_it(site, desk):
    article = make_article()
    hidden = hidden_articles()
    chinese = make_article(language="zh-hans", title="Unspeakable 文章")
    change(article, desk, related=[*(each.pk for each in hidden.values()), chinese.pk])
    assert "unspeakable" not in shown(site.get(article.get_preview_url())).lower()


def test_a_scheduled_article_is_shown_as_its_page_will_be(site, visitor, desk, time_machine):
    tag = make_tag()
    at = NOW + 2 * DAY
    article = make_article(published_at=at, tags=(tag,), title="To come")
    make_article(published_at=at - DAY, tags=(tag,), title="Before it, not public yet either")
    make_article(expires_at=at - DAY, tags=(tag,), title="Gone by then")
    make_article(published_at=at + DAY, tags=(tag,), title="After it")
    page = site.get(article.get_preview_url())
    assert "as it will be on 2026-03-06 12:00, Asia/Shanghai" in bar(page)
    assert "Last one: Before it, not public yet either Next article: None" in neighbours(page)
    assert "Gone by then" not in shown(page)
    assert "After it" not in shown(page)
    assert visitor.get(article.get_absolute_url()).status == 404
    time_machine.move_to(at)
    assert shown(visitor.get(article.get_absolute_url())) == shown(page)


def test_a_scheduled_change_is_shown_as_the_page_will_be(site, visitor, desk, time_machine):
    article = make_article(title="Old title", published_at=NOW - DAY)
    make_article(published_at=NOW + DAY, title="Next by then", category=make_category("Awards"))
    change(article, desk, **another_content())
    publish(article, desk, NOW + 2 * DAY)
    page = site.get(article.get_preview_url())
    assert "as it will be on 2026-03-06 12:00, Asia/Shanghai" in bar(page)
    assert "Next article: Next by then" in neighbours(page)
    assert title(visitor.get(article.get_absolute_url())) == "Old title"
    time_machine.move_to(NOW + 2 * DAY)
    assert shown(visitor.get(article.get_absolute_url())) == shown(page)
    assert bar(site.get(article.get_preview_url())).startswith("Preview · Public ")


def test_what_is_written_on_top_of_a_scheduled_change_comes_before_it(site, desk):
    article = make_article()
    change(article, desk, title="Scheduled title")
    publish(article, desk, NOW + DAY)
    scheduled = article.versions.scheduled().get()
    change(article, desk, title="Newer still")
    page = site.get(article.get_preview_url())
    assert title(page) == "Newer still"
    assert "change not published yet" in bar(page)
    page = site.get(f"{article.get_preview_url()}?version={scheduled.pk}")
    assert title(page) == "Scheduled title"
    assert "as it will be on 2026-03-05 12:00" in bar(page)


@pytest.mark.usefixtures("desk")
def test_what_is_to_come_leaves_nothing_behind_for_other_pages(site):
    tag = make_tag()
    far = make_article(published_at=NOW + 9 * DAY, tags=(tag,))
    make_article(published_at=NOW + DAY, tags=(tag,), title="Unspeakable")
    draft = make_article(status=Status.DRAFT, tags=(tag,))
    assert "Unspeakable" in site.get(far.get_preview_url()).text
    assert "Unspeakable" not in site.get(draft.get_preview_url()).text
    assert "Unspeakable" not in site.get(make_article(tags=(tag,)).get_absolute_url()).text


def test_each_version_can_be_looked_at(site, desk, time_machine):
    article = make_article(title="First")
    change(article, desk, title="Second")
    time_machine.shift(90)
    newest = change(article, desk, title="Third")
    seen = [
        (title(page), bar(page).partition(" Saved")[0])
        for version in article.versions.order_by("pk")
        if (page := site.get(f"{article.get_preview_url()}?version={version.pk}"))
    ]
    assert [each[0] for each in seen] == ["First", "Second", "Third"]
    assert seen[1][1] == "Preview · version of 2026-03-04 12:00"
    assert seen[2][1] == "Preview · change not published yet (Draft)"
    assert title(site.get(article.get_preview_url())) == newest.content["title"]


def test_a_version_is_shown_without_what_was_deleted_since(site, desk):
    article = make_article()
    content = another_content()
    version = change(article, desk, **content)
    change(article, desk, cover=None, cover_alt="", body="", tags=[], category=article.category_id)
    Version.objects.filter(pk=version.pk).update(
        content=version.content | {"cover": 99999, "category": 99999, "tags": [99999]}
    )
    page = site.get(f"{article.get_preview_url()}?version={version.pk}")
    assert title(page) == "Another title"
    assert article.category.name in shown(page)


@pytest.mark.usefixtures("desk")
def test_a_stored_text_passes_the_door_again(site):
    article = make_article()
    content = versions.live_content(article) | {"body": "<p onclick=alert(1)>Hi<script>1</script>"}
    version = Version.objects.create(article=article, content=content)
    page = site.get(f"{article.get_preview_url()}?version={version.pk}")
    assert "<p>Hi</p>" in shown(page)
    assert "alert" not in page.text


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("number", ["abc", "", "-1", "0", "1.5", "9" * 18, "9" * 30, "9" * 5000])
def test_a_version_that_is_none_is_not_found(site, number):
    article = make_article()
    assert site.get(f"{article.get_preview_url()}?version={number}").status == 404


def test_a_version_of_another_article_is_not_found(site, desk):
    article, other = make_article(), make_article()
    version = change(other, desk, title="Another title")
    assert site.get(f"{other.get_preview_url()}?version={version.pk}").status == 200
    assert site.get(f"{article.get_preview_url()}?version={version.pk}").status == 404


def test_the_page_is_in_its_articles_language_whatever_the_address_says(site, desk):
    article = make_article()
    version = change(article, desk, title="Another title")
    address = article.get_preview_url().replace("/en/", "/zh-hans/")
    page = site.get(f"{address}?version={version.pk}")
    assert page.status == 302
    assert page.headers["Location"] == f"{article.get_preview_url()}?version={version.pk}"


# --- who sees it


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("stranger", 302),
        ("reader with an account", 302),
        ("plain staff", 403),
        ("its author", 200),
        ("another author", 200),
        ("editor", 200),
    ],
)
@pytest.mark.parametrize("kind", ["draft", "change", "version"])
def test_who_sees_it(site, who, status, kind):
    people = {
        "reader with an account": make_user(is_staff=False),
        "plain staff": make_user(),
        "its author": make_user(group="Author"),
        "another author": make_user(group="Author"),
        "editor": make_user(group="Editor"),
    }
    author = people["its author"]
    state = Status.DRAFT if kind == "draft" else Status.PUBLISHED
    article = make_article(created_by=author, status=state, title="Unspeakable live")
    version = change(article, author, title="Unspeakable")
    if who in people:
        site.sign_in(people[who])
    more = f"?version={version.pk}" if kind == "version" else ""
    page = site.get(article.get_preview_url() + more)
    assert page.status == status
    assert ("Unspeakable" in page.text) == (status == 200)
    assert "no-store" in page.headers["Cache-Control"]


# --- never counted, kept, indexed; framed by admin alone


def counts() -> list[Any]:
    return [*BrowsingVolume.objects.values(), *DailyViews.objects.values()]


def test_it_is_not_counted_but_tallied(site, visitor, desk):
    article = make_article()
    visitor.get(article.get_absolute_url())
    before = counts()
    change(article, desk, title="Another title")
    page = site.get(article.get_preview_url())
    assert '<span class="facts-number">1</span>' in page.text
    visitor.get(address_of(make_link(article)))
    assert counts() == before
    browsing.turnstile.close()
    assert RefusedViews.objects.get(reason="preview").views == 2


@pytest.mark.usefixtures("desk")
def test_it_is_never_kept_nor_indexed_and_admin_may_frame_it(site):
    page = site.get(make_article(status=Status.DRAFT).get_preview_url())
    assert "no-store" in page.headers["Cache-Control"]
    assert "private" in page.headers["Cache-Control"]
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'rel="canonical"' not in page.text
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.usefixtures("desk")
def test_no_other_page_may_be_framed(site, visitor):
    article = make_article()
    for page in (
        *(visitor.get(path) for path in ("/en/", "/en/news/", article.get_absolute_url())),
        visitor.get(address_of(make_link(make_article(status=Status.DRAFT)))),
        site.get(article.get_absolute_url()),
        site.get(frame(article)),
    ):
        assert page.status == 200
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_more_articles_versions_and_links_need_no_more_queries(site, desk):
    tag = make_tag()
    article = make_article(tags=(tag,))

    def more() -> None:
        for number in range(10):
            make_link(article)
            change(article, desk, **another_content() | {"tags": [tag.pk], "title": str(number)})
            make_article(tags=(tag,), cover=make_image(alt="A mill"), cover_alt="A mill")

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert site.get(path).status == 200
        return len(queries)

    more()
    pages = [article.get_preview_url(), frame(article), address_of(make_link(article))]
    for path in pages:
        site.get(path)
    before = [asked(path) for path in pages]
    more()
    assert [asked(path) for path in pages] == before
    assert max(before) < 40


# --- the frame in admin


def iframe(response) -> dict[str, str]:
    tag = re.search(r"<iframe(.*?)>", response.content.decode(), re.S)[1]
    return dict(re.findall(r'([a-z]+)="(.*?)"', tag))


@pytest.mark.parametrize(
    ("query", "width"),
    [
        ("", "1280"),
        ("?width=phone", "390"),
        ("?width=tablet", "820"),
        ("?width=desktop", "1280"),
        ("?width=watch", "1280"),
    ],
)
@pytest.mark.usefixtures("editor")
def test_the_frame_is_as_wide_as_asked_for(client, query, width):
    article = make_article(status=Status.DRAFT, title="Mill & Co")
    found = iframe(client.get(frame(article) + query))
    assert (found["width"], found["src"]) == (width, article.get_preview_url())
    assert found["title"] == "Preview of “Mill &amp; Co”"


def test_the_frame_shows_a_version_at_every_width(client, editor):
    article = make_article()
    first = change(article, editor, title="Second")
    change(article, editor, title="Third")
    response = client.get(f"{frame(article)}?width=phone&version={first.pk}")
    assert iframe(response)["src"] == f"{article.get_preview_url()}?version={first.pk}"
    assert f'href="?version={first.pk}&amp;width=tablet"' in response.content.decode()
    other = make_article()
    assert client.get(f"{frame(other)}?version={first.pk}").status_code == 404
    assert client.get(f"{frame(other)}?version=abc").status_code == 404
    assert client.get("/admin/news/article/99999/preview/").status_code == 404


def test_the_frame_is_for_staff_who_see_articles(client):
    article = make_article()
    assert client.get(frame(article)).status_code == 302
    client.force_login(make_user())
    assert client.get(frame(article)).status_code == 403
    client.force_login(make_user(group="Author"))
    assert client.get(frame(article)).status_code == 200


@pytest.mark.usefixtures("editor")
def test_what_is_due_has_taken_effect_before_it_is_looked_at(client, time_machine):
    editor = User.objects.get()
    article = make_article(title="Old title")
    change(article, editor, title="Another title")
    publish(article, editor, NOW + DAY)
    time_machine.move_to(NOW + DAY, tick=False)
    client.get(frame(article))
    assert Article.objects.get().title == "Another title"
    assert edition.current().began_at == NOW + DAY
