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
from tests.desk import article_at, stored
from tests.forms import (
    Form,
    badges,
    change,
    decide,
    errors,
    linked,
    messages,
    submit,
    words,
)
from tests.helpers import NOW, SITE_ZONE, make_article, make_category, make_tag, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ADD = "/admin/news/article/add/"
DAY = timedelta(days=1)


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
    assert form.data["slug"] == form.data["body"] == ""
    assert form.data["picks"] == []
    client.force_login(make_user(group="Editor"))
    form = Form(client.get(ADD), "article_form")
    # Nobody has chosen a date, and none looks as if they had.
    assert form.data["published_at_0"] == form.data["published_at_1"] == ""
    assert form.data["expires_at_0"] == form.data["pinned_until_0"] == ""


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


def test_an_editor_publishes(client, editor):
    article = make_article(status=Status.IN_REVIEW)
    edition = Edition.objects.get().number
    asked = save(client, change(article), title="Ready", _transition="publish")
    assert asked.redirect_chain == [(f"/admin/news/article/{article.pk}/publish/now/", 302)]
    assert not Article.objects.public().exists()
    assert Edition.objects.get().number == edition
    told = messages(decide(client, article.pk, "publish", when="now"))
    assert told == ["“Ready” was published."]
    assert list(Article.objects.public()) == [article]
    assert (Article.objects.get().modified_by, Article.objects.get().published_at) == (editor, NOW)
    assert Edition.objects.get().number > edition


def test_an_editor_schedules_in_the_sites_time_zone(client, editor):
    save(client, body="<p>Text</p>", _transition="publish")
    article = Article.objects.get()
    assert errors(decide(client, article.pk, "publish", when="at", at="2026-03-05T12:00")) == []
    article.refresh_from_db()
    assert article.published_at == datetime(2026, 3, 5, 12, 0, tzinfo=SITE_ZONE)
    assert article.state == State.SCHEDULED
    assert not Article.objects.public().exists()


def test_a_date_that_was_typed_in_the_form_is_proposed_for_publishing(client, editor):
    save(client, **when("published_at", NOW + DAY), _transition="publish")
    article = Article.objects.get()
    assert article.published_at == NOW + DAY
    form = Form(client.get(f"/admin/news/article/{article.pk}/publish/now/"), "transition-box")
    assert (form.data["when"], form.data["at"]) == ("at", "2026-03-05T12:00")


def test_a_date_that_nobody_chose_is_not_proposed_however_long_the_writing_took(
    client, editor, time_machine
):
    data = Form(client.get(ADD), "article_form").data
    time_machine.shift(timedelta(minutes=40))
    client.post(ADD, data | {"title": "Mill 3", "category": make_category().pk})
    article = Article.objects.get()
    form = Form(client.get(f"/admin/news/article/{article.pk}/publish/now/"), "transition-box")
    assert form.data["when"] == "now"
    decide(client, article.pk, "publish")
    assert Article.objects.get().published_at == NOW + timedelta(minutes=40)


@pytest.mark.parametrize("status", ["draft", "in_review", "withdrawn"])
def test_what_readers_have_seen_does_not_become_a_draft_again(client, editor, status):
    article = make_article()
    page = client.get(change(article))
    assert "status" not in Form(page, "article_form").data
    assert (
        errors(client.post(change(article), Form(page, "article_form").data | {"status": status}))
        == []
    )
    assert Article.objects.get().status == "published"
    for name in ("submit", "take_back", "send_back", "unschedule", "discard"):
        client.post(f"/admin/news/article/{article.pk}/{name}/now/", {"seen": "", "comment": "x"})
        assert Article.objects.get().status == "published"


def test_a_published_article_that_was_not_changed_is_not_published_again(client, editor):
    article = make_article()
    before = stored(article)["row"]
    response = save(client, change(article), _transition="publish")
    assert response.redirect_chain == [(change(article), 302)]
    assert "Nothing was changed, so there is nothing to do." in messages(response)
    assert stored(article)["row"] == before


def test_what_was_withdrawn_can_be_published_again(client, editor):
    article = make_article(status=Status.WITHDRAWN)
    assert linked(client.get(change(article))) == {"republish", "bin"}
    assert messages(decide(client, article.pk, "republish")) == [
        f"“{article.title}” is public again."
    ]
    assert Article.objects.get().is_public
    assert Article.objects.get().published_at == article.published_at


def test_what_was_withdrawn_is_changed_and_then_published(client, editor):
    article = make_article(status=Status.WITHDRAWN)
    asked = save(client, change(article), title="Put right", _transition="publish")
    assert asked.redirect_chain == [(f"/admin/news/article/{article.pk}/publish/now/", 302)]
    row = Article.objects.get()
    assert (row.status, row.title) == ("withdrawn", article.title)
    decide(client, article.pk, "publish", when="now")
    row = Article.objects.get()
    assert (row.is_public, row.title) == (True, "Put right")
    assert row.published_at == article.published_at


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_saving_without_a_change_changes_nothing(client, editor, status):
    body = "<p>1 &lt; 2 &amp; &lt;/textarea&gt; &lt;script&gt;</p>"
    article = make_article(title='"Q" <b> & \'s', body=body, summary="A\n B", source="’")
    Article.objects.update(status=status)
    before = Article.objects.values().get()
    after = Article.objects.values().get(pk=saved(save(client, change(article))).pk)
    changed = {field for field in after if before[field] != after[field]}
    ours = {"revision", "modified_at", "modified_by_id"} if status == Status.DRAFT else set()
    assert changed <= ours
    assert not article.versions.pending().exists()


def test_saving_never_loses_views_counted_meanwhile(client, editor):
    article = make_article()
    BrowsingVolume.objects.create(article=article, carried_over=88, total=88)
    data = Form(client.get(change(article)), "article_form").data
    assert [count_view(article.pk) for _ in range(3)] == [89, 90, 91]
    response = client.post(change(article), data | {"title": "New title"}, follow=True)
    assert saved(response).title == article.title
    decide(client, article.pk, "publish", when="now")
    assert Article.objects.get().title == "New title"
    assert BrowsingVolume.objects.get().total == 91


def test_the_form_says_what_the_article_is_and_how_often_it_was_read(client, editor):
    article = make_article()
    BrowsingVolume.objects.create(article=article, total=12)
    page = client.get(change(article))
    assert badges(page) == ["public"]
    assert "Browsing volume: 12" in words(page)
    save(client, change(article), title="Changed")
    page = client.get(change(article))
    assert badges(page) == ["public", "draft"]
    assert "Readers still see the published text" in words(page)


@pytest.mark.parametrize(
    ("point", "fields", "said"),
    [
        ("change_draft", {}, "Readers still see the published text"),
        ("change_draft", {"binned_at": NOW}, "While it is in the bin, nobody but staff"),
        ("change_scheduled", {"binned_at": NOW}, "It does not take effect while the article is in"),
        ("change_on_withdrawn", {}, "Readers are told that it is gone; publish the change, and"),
        ("change_draft", {"expires_at": NOW}, "taken down at its date: readers see neither"),
    ],
)
def test_a_form_that_shows_a_change_says_what_readers_see_meanwhile(
    client, editor, point, fields, said
):
    article = article_at(point)
    Article.objects.filter(pk=article.pk).update(**fields)
    text = words(client.get(change(article)))
    assert said in text
    assert ("Readers still see" in text) == (not fields and point == "change_draft")
    assert ("What you save is a further change" in text) is False


def test_what_is_in_the_bin_must_be_taken_out_to_be_edited(client, editor):
    article = make_article(binned_at=NOW)
    page = client.get(change(article))
    assert "Take it out of the bin to edit it." in words(page)
    assert "title" not in Form(page, "article_form").data
    assert client.post(change(article), {"title": "x"}).status_code == 403


def test_a_public_article_is_viewed_and_every_one_previewed(client, editor):
    public, draft = make_article(), make_article(status=Status.DRAFT)
    for article, addresses in ((public, [public.get_absolute_url()]), (draft, [])):
        html = client.get(change(article)).content.decode()
        links = re.findall(r'<a href="([^"]*)"[^>]*>\s*([^<]*?)\s*</a>', html)
        assert [path for path, text in links if text == "View on site"] == addresses
        (preview,) = (path for path, text in links if text == "Preview")
        assert client.get(preview, follow=True).status_code == 200


def test_related_news_are_picked_in_an_order(client, author):
    article = make_article(status=Status.DRAFT, created_by=author)
    first, second, third = make_article(), make_article(), make_article()
    for picked in ([second, third, first], [first, second], [second], []):
        typed = [str(other.pk) for other in picked]
        assert errors(save(client, change(article), picks=typed)) == []
        assert [pick.related for pick in article.related_picks.all()] == picked
        assert Form(client.get(change(article)), "article_form").data["picks"] == typed


def test_an_article_is_not_related_to_itself_nor_twice_to_another(client, editor):
    article, other = make_article(status=Status.DRAFT), make_article()
    path = change(article)
    assert errors(save(client, path, picks=[article.pk])) == [
        "An article is not related to itself."
    ]
    chinese = make_article(title="一", language="zh-hans")
    assert errors(save(client, path, picks=[chinese.pk])) == ["“一” is in another language."]
    binned = make_article(binned_at=NOW)
    assert len(errors(save(client, path, picks=[binned.pk]))) == 1
    assert not RelatedPick.objects.exists()
    assert errors(save(client, path, picks=[other.pk, other.pk])) == []
    assert RelatedPick.objects.get().related == other


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
