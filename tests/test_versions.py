"""History, changes of live articles and roll-back, as staff and readers see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.test import Client
from time_machine import TimeMachineFixture

from news import versions
from news.models import Article, Edition, Stage, Status, Version
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.desk import stored
from tests.forms import Form, decide, errors, words
from tests.helpers import NOW, make_article, make_category, make_image, make_tag, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/article/"
DAY = timedelta(days=1)


def change(article: Article) -> str:
    return f"{LIST}{article.pk}/change/"


def save(client: Client, article: Article, path: str = "", **typed: Any):
    """Open the form, type, and save it."""
    path = path or change(article)
    form = Form(client.get(path), "article_form")
    return client.post(path, form.data | typed, follow=True)


def do(name: str, article: Article, by: Any, **asked: Any) -> versions.Desk:
    return perform(TRANSITIONS[name], article.pk, by, **asked)


def desk(article: Article) -> versions.Desk:
    return versions.desk(Article.objects.get(pk=article.pk))


def titles(article: Article) -> list[str]:
    """Of all that is kept of it, the newest first."""
    return [version.content["title"] for version in article.versions.all()]


def page(article: Article) -> str:
    return words(Client().get(Article.objects.get(pk=article.pk).get_absolute_url()))


# --- a published article


def test_a_change_is_not_seen_until_it_is_published(client, editor):
    article = make_article(title="Old title", body="<p>Old text.</p>")
    tag, other, image = make_tag("Steam"), make_article(), make_image(alt="A mill")
    before = Edition.objects.get().number, page(article)
    saved = save(
        client,
        article,
        title="New title",
        body="<p>New text.</p>",
        tags=[str(tag.pk)],
        picks=[str(other.pk)],
        cover=str(image.pk),
        cover_alt="A mill",
    )
    assert not errors(saved)
    assert (Edition.objects.get().number, page(article)) == before
    assert desk(article).worked_on.stage == Stage.DRAFT

    do("publish", article, editor)
    article.refresh_from_db()
    assert (article.title, article.body, article.cover) == ("New title", "<p>New text.</p>", image)
    assert list(article.tags.all()) == [tag]
    assert [pick.related for pick in article.related_picks.all()] == [other]
    assert "New text." in page(article)
    assert desk(article).worked_on is None


def test_publishing_a_change_keeps_the_id_the_address_the_date_and_the_history(client, editor):
    article = make_article(title="Old title")
    kept = ("pk", "slug", "published_at", "created_at", "translation_key")
    before = {name: getattr(Article.objects.get(), name) for name in kept}
    save(client, article, title="New title")
    do("publish", article, editor)
    after = Article.objects.get()
    assert {name: getattr(after, name) for name in kept} == before
    titles = [(v.content["title"], v.was_live) for v in article.versions.all()]
    assert titles == [("New title", True), ("Old title", True)]


def test_the_form_works_on_the_newest_version(client, editor):
    article = make_article(title="Old title", summary="As it was")
    save(client, article, title="New title")
    form = Form(client.get(change(article)), "article_form")
    assert (form.data["title"], form.data["summary"]) == ("New title", "As it was")
    save(client, article, summary="Changed too")
    assert Version.objects.worked_on().count() == 1
    shown = desk(article).shown
    assert (shown["title"], shown["summary"]) == ("New title", "Changed too")


def test_saving_what_is_there_begins_no_change(client, editor):
    article = make_article()
    save(client, article)
    assert desk(article).worked_on is None
    assert article.versions.count() == 1  # What was there before anybody saved.


def test_what_editors_decide_takes_effect_at_once_and_leaves_the_text(client, editor):
    article = make_article(title="Old title")
    save(client, article, title="New title")
    until = {"pinned_until_0": "2026-04-01", "pinned_until_1": "09:00:00"}
    save(client, article, slug="another-address", **until)
    row = Article.objects.get()
    assert (row.slug, row.title) == ("another-address", "Old title")
    assert row.pinned_until is not None
    assert desk(article).worked_on.content["title"] == "New title"


def test_a_discarded_change_stays_in_the_history(client, editor):
    article = make_article(title="Old title")
    save(client, article, title="New title")
    do("discard", article, editor)
    assert desk(article).shown["title"] == "Old title"
    assert "New title" in [version.content["title"] for version in article.versions.all()]


def test_an_author_changes_what_he_began_and_an_editor_publishes_it(client):
    author, editor = make_user("ann", "Author"), make_user("ed", "Editor")
    article = make_article(title="Old title", created_by=author)
    client.force_login(author)
    save(client, article, title="New title")
    with pytest.raises(PermissionDenied):
        do("publish", article, author)
    do("submit", article, author)
    assert client.get(change(article)).status_code == 200
    assert 'name="title"' not in client.get(change(article)).content.decode()
    assert Article.objects.get().title == "Old title"
    do("publish", article, editor)
    assert Article.objects.get().title == "New title"
    trail = [(c.transition, c.before, c.after, c.of_change, c.by) for c in article.trail.all()]
    assert trail == [
        ("publish", "in_review", "public", True, editor),
        ("submit", "draft", "in_review", True, author),
    ]


def test_a_change_without_alternative_text_of_its_cover_is_not_published(client, editor):
    article = make_article(title="Old title")
    save(client, article, title="New title")
    version = Version.objects.worked_on().get()
    image = make_image(alt="")
    Version.objects.filter(pk=version.pk).update(content=version.content | {"cover": image.pk})
    with pytest.raises(ValidationError, match="Say what the cover shows"):
        do("publish", article, editor)
    row = Article.objects.get()
    assert (row.title, row.cover) == ("Old title", None)


@pytest.mark.parametrize("after", [None, DAY])
@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_pictures_without_alternative_text_are_saved_but_not_published(
    client, editor, status, after
):
    article = make_article(title="Old title", body="<p>Old</p>", status=status)
    silent = [f'<img src="{make_image().url}" alt="{alt}">' for alt in ("", "  ", "A mill")]
    save(client, article, body=f"<p>{''.join(silent)}</p>")
    before = stored(article)
    with pytest.raises(ValidationError, match="2 pictures in the text have no alternative"):
        do("publish", article, editor, at=after and NOW + after)
    assert stored(article) == before
    when = {"when": "at", "at": f"{NOW + DAY:%Y-%m-%dT%H:%M}"} if after else {"when": "now"}
    [said] = errors(decide(client, article.pk, "publish", **when))
    assert "Open the article's form, double-click each in the text" in said
    body = desk(article).shown["body"]
    save(client, article, body=body.replace('alt=""', 'alt="A kiln"').replace('"  "', '"Steam"'))
    assert not errors(decide(client, article.pk, "publish", **when))


# --- overtaken by a colleague


def test_the_form_shows_what_changed_meanwhile_and_saving_settles_it(client, editor):
    article = make_article(title="Old title", summary="Old")
    save(client, article, title="New title")
    Article.objects.filter(pk=article.pk).update(summary="From another door")
    shown = client.get(change(article))
    assert "The live article has changed since" in words(shown)
    assert Form(shown, "article_form").data["choose-summary"] == "theirs"
    save(client, article, **{"choose-summary": "theirs"})
    assert desk(article).shown["summary"] == "From another door"
    do("publish", article, editor)
    row = Article.objects.get()
    assert (row.title, row.summary) == ("New title", "From another door")


def test_a_stale_save_is_refused_with_both_texts_and_loses_nothing(client, editor):
    article = make_article(title="As it was", summary="Old", status=Status.DRAFT)
    mine = Form(client.get(change(article)), "article_form").data
    colleague = Client()
    colleague.force_login(make_user("kim", "Editor", first_name="Kim"))
    save(colleague, article, title="Theirs", summary="Old")

    refused = client.post(change(article), mine | {"title": "Mine", "body": "<p>My text</p>"})
    assert "Kim has saved this article since you opened it" in errors(refused)[0]
    assert Article.objects.get().title == "Theirs"
    form = Form(refused, "article_form")
    assert (form.data["title"], form.data["body"]) == ("Mine", "<p>My text</p>")
    assert (form.data["choose-title"], form.data["choose-body"]) == ("mine", "mine")
    assert "choose-summary" not in form.data

    saved = client.post(change(article), form.data | {"choose-title": "theirs"}, follow=True)
    assert not errors(saved)
    row = Article.objects.get()
    assert (row.title, row.body) == ("Theirs", "<p>My text</p>")


def test_what_i_did_not_touch_is_proposed_to_be_theirs(client, editor):
    article = make_article(title="As it was", summary="Old", status=Status.DRAFT)
    save(client, article, title="First save")
    mine = Form(client.get(change(article)), "article_form").data
    colleague = Client()
    colleague.force_login(make_user("kim", "Editor"))
    save(colleague, article, summary="Theirs")
    refused = client.post(change(article), mine | {"title": "Mine"})
    form = Form(refused, "article_form")
    assert (form.data["choose-title"], form.data["choose-summary"]) == ("mine", "theirs")


def test_a_form_without_its_token_is_refused(client, editor):
    article = make_article(status=Status.DRAFT)
    data = Form(client.get(change(article)), "article_form").data
    refused = client.post(change(article), data | {"opened": "", "title": "Forged"})
    assert errors(refused)
    assert Article.objects.get().title != "Forged"


def test_a_transition_of_what_changed_meanwhile_is_refused(client, editor):
    article = make_article(status=Status.DRAFT, title="As it was")
    seen = desk(article).token
    Article.objects.filter(pk=article.pk).update(revision=9)
    with pytest.raises(versions.Overtaken):
        do("publish", article, editor, seen=seen)
    asked = f"{LIST}{article.pk}/publish/now/"
    response = client.post(asked, {"seen": seen, "when": "now"}, follow=True)
    assert "has changed since you opened this page" in errors(response)[0]
    assert Article.objects.get().status == Status.DRAFT


# --- history and roll-back


def test_every_save_makes_a_version_with_its_author_and_comment(client, editor):
    article = make_article(title="One", status=Status.DRAFT)
    save(client, article, title="Two", comment="A better title")
    save(client, article, title="Three")
    kept = [(v.content["title"], v.author, v.comment) for v in article.versions.all()]
    assert kept == [("Three", editor, ""), ("Two", editor, "A better title"), ("One", None, "")]


def test_an_old_version_is_restored_through_the_form(client, editor):
    category, tag = make_category("Energy"), make_tag("Steam")
    article = make_article(title="One", body="<p>One</p>", tags=(tag,), category=category)
    save(client, article, title="Two", body="<p>Two</p>", tags=[])
    do("publish", article, editor)
    Article.objects.filter(pk=article.pk).update(slug="other", expires_at=NOW + timedelta(days=9))
    old = article.versions.last()
    path = f"{change(article)}?restore={old.pk}"
    form = Form(client.get(path), "article_form")
    assert (form.data["title"], form.data["tags"]) == ("One", [str(tag.pk)])
    assert Article.objects.get().title == "Two"  # Looking changes nothing.
    saved = save(client, article, path)
    assert not errors(saved)
    assert Article.objects.get().title == "Two"  # Nor does saving, until it is published.
    do("publish", article, editor)
    row = Article.objects.get()
    assert (row.title, row.body, list(row.tags.all())) == ("One", "<p>One</p>", [tag])
    assert (row.slug, row.expires_at) == ("other", NOW + timedelta(days=9))
    assert row.status == Status.PUBLISHED


def test_a_version_whose_tags_and_cover_are_gone_is_restored_without_them(client, editor):
    tag, image = make_tag("Steam"), make_image(alt="A mill")
    article = make_article(status=Status.DRAFT, tags=(tag,), cover=image, title="One")
    save(client, article, title="Two", tags=[], cover="", cover_alt="")
    tag.delete()
    image.delete()
    saved = save(client, article, f"{change(article)}?restore={article.versions.last().pk}")
    assert not errors(saved)
    assert Article.objects.get().title == "One"


@pytest.mark.parametrize("number", ["0", "abc", "9" * 30, "-1", "٣"])
def test_a_version_that_is_not_there_restores_nothing(client, editor, number):
    article = make_article(title="As it is")
    shown = client.get(f"{change(article)}?restore={number}")
    assert Form(shown, "article_form").data["title"] == "As it is"


def test_a_version_of_another_article_is_not_restored(client, editor):
    article, other = make_article(title="Mine", status=Status.DRAFT), make_article(title="Other")
    save(client, other, title="Other changed")
    shown = client.get(f"{change(article)}?restore={other.versions.first().pk}")
    assert Form(shown, "article_form").data["title"] == "Mine"


@pytest.mark.time_machine(NOW, tick=False)
def test_old_versions_are_thinned_by_the_rule(client, editor, time_machine: TimeMachineFixture):
    article = make_article(title="Published once")
    save(client, article, title="Never published")
    save(client, article, title="Also never")
    time_machine.move_to(NOW + timedelta(days=31), tick=False)
    client.force_login(editor)
    save(client, article, title="A month later")
    # What was replaced just now stood until just now.
    assert titles(article) == ["A month later", "Also never", "Published once"]
    time_machine.move_to(NOW + timedelta(days=62), tick=False)
    client.force_login(editor)
    save(client, article, title="Two months later")
    assert titles(article) == ["Two months later", "A month later", "Published once"]


# --- what a change uses


def used_by_a_change(client: Client, article: Article) -> dict[str, Any]:
    """A category, a tag and two pictures that only the change of a published article uses."""
    used = {
        "category": make_category("Energy"),
        "tag": make_tag("Steam"),
        "cover": make_image(alt="A mill"),
        "picture": make_image(alt="A boiler"),
    }
    body = f'<p>New</p><p><img alt="A boiler" src="{used["picture"].url}"></p>'
    saved = save(
        client,
        article,
        category=str(used["category"].pk),
        tags=[str(used["tag"].pk)],
        cover=str(used["cover"].pk),
        cover_alt="A mill",
        body=body,
    )
    assert not errors(saved)
    return used


@pytest.mark.parametrize("name", ["category", "tag", "cover", "picture"])
def test_what_a_change_uses_is_not_deleted_and_the_page_says_why(client, admin_user, name):
    client.force_login(admin_user)
    article = make_article(title="The article that uses it")
    used = used_by_a_change(client, article)[name]
    with pytest.raises(ProtectedError):
        used.delete()
    path = f"/admin/news/{used._meta.model_name}/{used.pk}/delete/"
    asked = client.get(path)
    assert "Nothing was deleted, as what you chose is used in these places." in words(asked)
    assert "The article that uses it" in words(asked)
    client.post(path, {"post": "yes"})
    assert type(used).objects.filter(pk=used.pk).exists()
    perform(TRANSITIONS["discard"], article.pk, admin_user)
    client.post(path, {"post": "yes"})
    assert not type(used).objects.filter(pk=used.pk).exists()


def test_a_tag_that_articles_have_is_not_deleted_unseen(client, editor):
    tag = make_tag("Steam")
    article = make_article(tags=(tag,), title="The article that has it")
    asked = client.get(f"/admin/news/tag/{tag.pk}/delete/")
    assert "The article that has it" in words(asked)
    client.post(f"/admin/news/tag/{tag.pk}/delete/", {"post": "yes"})
    assert list(article.tags.all()) == [tag]
