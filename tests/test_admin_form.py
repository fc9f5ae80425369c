"""Writing and publishing an article in the admin's form."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry

from news.browsing import count_view
from news.models import Article, BrowsingVolume, Edition, RelatedPick, State, Status
from tests.forms import Form, errors, messages, submit, words
from tests.helpers import (
    NOW,
    SITE_ZONE,
    make_article,
    make_category,
    make_tag,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ADD = "/admin/news/article/add/"
DAY = timedelta(days=1)


def change(article: Article) -> str:
    return f"/admin/news/article/{article.pk}/change/"


def save(client, path: str = ADD, **typed):
    """A new article with a title and a category, or an old one, and what else is typed."""
    required = {"title": "Mill 3 starts up", "category": make_category().pk} if path == ADD else {}
    return submit(client, path, "article_form", **required | typed)


def saved(response) -> Article:
    assert errors(response) == []
    assert response.redirect_chain
    return Article.objects.get()


def when(name: str, moment: datetime | None) -> dict[str, str]:
    """A moment as it is typed: its day and its time, in the site's zone."""
    if moment is None:
        return {f"{name}_0": "", f"{name}_1": ""}
    local = moment.astimezone(SITE_ZONE)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def test_a_new_article_begins_with_sensible_values(client, author):
    form = Form(client.get(ADD), "article_form")
    assert form.data["language"] == "en"
    assert form.data["editor"] == str(author.pk)
    assert form.data["status"] == "draft"
    assert (form.data["published_at_0"], form.data["published_at_1"]) == ("2026-03-04", "12:00:00")
    assert form.data["slug"] == form.data["body"] == form.data["expires_at_0"] == ""


def test_a_new_article_is_in_the_language_of_the_interface(client, author):
    response = client.get(ADD, headers={"accept-language": "zh-CN"})
    assert Form(response, "article_form").data["language"] == "zh-hans"


def test_an_author_writes_a_draft(client, author):
    tags = [make_tag("EPC"), make_tag("Paper")]
    response = save(
        client,
        summary="In short.",
        body="<h2>It runs</h2><p>Since <strong>June</strong>.</p>",
        source="A paper",
        source_url="example.com/mill",
        tags=[tag.pk for tag in tags],
    )
    article = saved(response)
    assert "was added successfully" in messages(response)[0]
    assert (article.status, article.created_by, article.modified_by) == ("draft", author, author)
    assert (article.editor, article.published_at, article.slug) == (author, NOW, "mill-3-starts-up")
    assert article.body == "<h2>It runs</h2><p>Since <strong>June</strong>.</p>"
    assert article.body_text == "It runs\nSince June."
    assert article.source_url == "https://example.com/mill"
    assert set(article.tags.all()) == set(tags)
    assert not Article.objects.public().exists()
    assert LogEntry.objects.get().user == author


@pytest.mark.parametrize("status", ["published", "withdrawn", "strange", ""])
def test_an_author_cannot_publish(client, author, status):
    assert Form(client.get(ADD), "article_form").choices["status"] == ["draft", "in_review"]
    response = save(client, status=status)
    assert errors(response)
    assert not Article.objects.exists()
    draft = make_article(status=Status.DRAFT, created_by=author)
    assert errors(save(client, change(draft), status=status))
    assert Article.objects.get().status == "draft"


def test_an_author_hands_in_and_takes_back(client, author):
    draft = make_article(status=Status.DRAFT, created_by=author)
    for status in ("in_review", "draft"):
        assert saved(save(client, change(draft), status=status)).status == status


@pytest.mark.parametrize(
    ("status", "own"), [("draft", False), ("in_review", False), ("published", True)]
)
def test_an_author_reads_but_does_not_change_other_articles(client, author, status, own):
    article = make_article(title="As it is", status=status, created_by=author if own else None)
    page = client.get(change(article))
    assert "As it is" in words(page)
    assert "title" not in Form(page, "article_form").data
    before = Article.objects.values().get()
    typed = Form(client.get(ADD), "article_form").data | {"title": "Mine", "category": 1}
    assert client.post(change(article), typed).status_code == 403
    assert Article.objects.values().get() == before


def test_an_author_whose_draft_was_published_meanwhile_is_refused(client, author):
    draft = make_article(status=Status.DRAFT, created_by=author)
    data = Form(client.get(change(draft)), "article_form").data
    Article.objects.update(status=Status.PUBLISHED)
    assert client.post(change(draft), data | {"title": "Changed"}).status_code == 403
    assert Article.objects.get().title == draft.title


def test_an_editor_publishes(client, editor):
    article = make_article(status=Status.IN_REVIEW)
    edition = Edition.objects.get().number
    saved(save(client, change(article), status="published", **when("published_at", NOW)))
    assert list(Article.objects.public()) == [article]
    assert Article.objects.get().modified_by == editor
    assert Edition.objects.get().number > edition


def test_an_editor_schedules(client, editor):
    article = saved(save(client, status="published", **when("published_at", NOW + DAY)))
    assert article.published_at == NOW + DAY
    assert article.state == State.SCHEDULED
    assert not Article.objects.public().exists()


@pytest.mark.parametrize("status", ["draft", "in_review", "withdrawn"])
def test_what_readers_have_seen_does_not_become_a_draft_again(client, editor, status):
    article = make_article()
    assert Form(client.get(change(article)), "article_form").choices["status"] == ["published"]
    assert errors(save(client, change(article), status=status))
    assert Article.objects.get().status == "published"


def test_what_was_withdrawn_can_be_published_again(client, editor):
    article = make_article(status=Status.WITHDRAWN)
    assert saved(save(client, change(article), status="published")).is_public


def test_saving_without_a_change_changes_nothing(client, editor):
    body = "<p>1 &lt; 2 &amp; &lt;/textarea&gt; &lt;script&gt;</p>"
    article = make_article(title='"Q" <b> & \'s', body=body, summary="\nA\n B", source="’")
    before = Article.objects.values().get()
    after = Article.objects.values().get(pk=saved(save(client, change(article))).pk)
    changed = {field for field in after if before[field] != after[field]}
    assert changed <= {"revision", "modified_at", "modified_by_id", "summary"}
    assert after["summary"].split() == ["A", "B"]


def test_saving_never_loses_views_counted_meanwhile(client, editor):
    article = make_article()
    BrowsingVolume.objects.create(article=article, carried_over=88, total=88)
    data = Form(client.get(change(article)), "article_form").data
    assert [count_view(article.pk) for _ in range(3)] == [89, 90, 91]
    response = client.post(change(article), data | {"title": "New title"}, follow=True)
    assert saved(response).title == "New title"
    assert BrowsingVolume.objects.get().total == 91


def test_the_form_says_what_the_article_is_and_how_often_it_was_read(client, editor):
    article = make_article()
    BrowsingVolume.objects.create(article=article, total=12)
    page = words(client.get(change(article)))
    assert "Public Browsing volume: 12" in page


def test_what_is_in_the_bin_must_be_taken_out_to_be_edited(client, editor):
    article = make_article(binned_at=NOW)
    page = client.get(change(article))
    assert "Take it out of the bin to edit it." in words(page)
    assert "title" not in Form(page, "article_form").data
    assert client.post(change(article), {"title": "x"}).status_code == 403


def test_a_public_article_is_viewed_and_another_one_previewed(client, editor):
    public, draft = make_article(), make_article(status=Status.DRAFT)
    links = {}
    for article in (public, draft):
        html = client.get(change(article)).content.decode()
        links[article] = re.findall(r'href="([^"]*)"\s+class="viewsitelink">\s*([^<]*?)\s*<', html)
    assert links[public] == [(public.get_absolute_url(), "View on site")]
    assert links[draft] == [(draft.get_preview_url(), "Preview")]


def test_related_news_are_picked_in_an_order(client, author):
    article = make_article(status=Status.DRAFT, created_by=author)
    first, second = make_article(), make_article()
    for other, position in ((second, "2"), (first, "1")):
        number = RelatedPick.objects.count()
        row = f"related_picks-{number}"
        response = save(
            client, change(article), **{f"{row}-related": other.pk, f"{row}-position": position}
        )
        assert errors(response) == []
    assert [pick.related for pick in article.related_picks.all()] == [first, second]
    removed = save(client, change(article), **{"related_picks-0-DELETE": "on"})
    assert errors(removed) == []
    assert [pick.related for pick in article.related_picks.all()] == [second]


def test_an_article_is_not_related_to_itself_nor_twice_to_another(client, editor):
    article, other = make_article(), make_article()
    response = save(client, change(article), **{"related_picks-0-related": article.pk})
    assert errors(response) == ["An article is not related to itself."]
    RelatedPick.objects.create(article=article, related=other)
    response = save(client, change(article), **{"related_picks-1-related": other.pk})
    assert errors(response) == ["This article is picked twice."]
    assert RelatedPick.objects.count() == 1
    replaced = {"related_picks-0-DELETE": "on", "related_picks-1-related": other.pk}
    assert errors(save(client, change(article), **replaced)) == []
    assert RelatedPick.objects.count() == 1


@pytest.mark.parametrize(("interface", "language"), [("en", "en"), ("zh-CN,zh;q=0.9", "zh-cn")])
def test_the_editor_is_made_for_news(client, author, interface, language):
    page = client.get(ADD, headers={"accept-language": interface}).content.decode()
    config = json.loads(unescape(re.search(r'data-config="([^"]*)"', page)[1]))
    assert config["language"] == language
    assert config["format_tags"] == "p;h2;h3;h4"
    assert config["filebrowserImageBrowseUrl"] == "/admin/news/image/pick/"
    assert "filebrowserUploadUrl" not in config
    assert "script" not in config["allowedContent"]
    buttons = {button for group in config["toolbar"] for button in group}
    assert buttons >= {"Bold", "Link", "Image", "Table", "PasteFromWord", "Find", "Source"}
