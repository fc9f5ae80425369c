"""What the article's form refuses, with which sentence, and that nothing typed is lost by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as site_settings
from django.test import Client

from news import textrefs
from news.models import Article, Status
from tests.desk import begin_change, desk, stored
from tests.forms import (
    Form,
    badges,
    change,
    decide,
    errors,
    linked,
    messages,
    offered,
    submit,
)
from tests.helpers import NOW, make_article, make_category, make_image, make_tag, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOW, tick=False),
    pytest.mark.usefixtures("editor"),
]

ADD = "/admin/news/article/add/"


def add(client, **typed):
    required = {"title": "Mill 3 starts up", "category": make_category().pk}
    return submit(client, ADD, "article_form", **required | typed)


def refused(response, *sentences: str) -> Form:
    """The same page again, with these sentences, all that was typed, and nothing saved."""
    assert response.status_code == 200
    assert response.redirect_chain == []
    assert errors(response) == list(sentences)
    assert not Article.objects.exists()
    return Form(response, "article_form")


def test_an_error_loses_nothing_of_what_was_typed(client):
    typed = {
        "cover": make_image().pk,
        "summary": "In short.",
        "body": '<p class="align-center">Typed for <b>an hour</b>.</p>',
        "source": "A paper",
        "published_at_0": "2026-03-05",
        "published_at_1": "09:00:00",
        "expires_at_0": "2026-04-05",
        "expires_at_1": "08:00:00",
        "picks": [str(other.pk) for other in (make_article(), make_article())][::-1],
        "comment": "A new cover",
    }
    before = Article.objects.count()
    response = add(client, **typed, title="")
    assert errors(response) == ["This field is required."]
    assert Article.objects.count() == before
    form = Form(response, "article_form")
    assert {name: form.data[name] for name in typed} == typed | {"cover": str(typed["cover"])}


def test_the_librarys_alternative_text_is_taken_over(client):
    add(client, cover=make_image(alt="A paper machine").pk)
    assert Article.objects.get().cover_alt == "A paper machine"


def test_the_chosen_cover_is_shown_again(client):
    image = make_image()
    response = add(client, title="", cover=image.pk)
    assert f'data-thumbnail="{image.thumbnail_url}"' in response.content.decode()


@pytest.mark.parametrize("cover", ["999", "-1", "٣"])
def test_a_cover_that_is_not_there_is_refused(client, cover):
    response = add(client, cover=cover)
    refused(response, *errors(response)[:1])


def test_a_category_of_the_other_language_is_refused(client):
    refused(
        add(client, category=make_category("工程项目", "zh-hans").pk),
        "This category belongs to another language. Choose one of the article's.",
    )


@pytest.mark.parametrize("minutes", [0, -1, -60 * 24 * 400])
def test_an_article_is_not_taken_down_before_it_is_published(client, minutes):
    expires = NOW + timedelta(minutes=minutes)
    typed = {"expires_at_0": f"{expires:%Y-%m-%d}", "expires_at_1": f"{expires:%H:%M}"}
    sentence = "It cannot be taken down before it is published."
    refused(add(client, **typed), sentence)
    public = make_article(published_at=NOW)
    assert errors(submit(client, change(public), "article_form", **typed)) == [sentence]
    assert Article.objects.get().expires_at is None


def test_a_link_to_the_source_needs_its_name(client):
    refused(
        add(client, source_url="https://example.com/"),
        "A link to the source needs the source's name.",
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "   "}, "This field is required."),
        ({"title": "x" * 251}, "Ensure this value has at most 250 characters (it has 251)."),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
        ({"summary": "x" * 401}, "Ensure this value has at most 400 characters (it has 401)."),
        ({"body": "<p>\x00</p>"}, "Null characters are not allowed."),
        ({"category": ""}, "This field is required."),
        ({"language": "fr"}, "Select a valid choice. fr is not one of the available choices."),
        ({"published_at_0": "yesterday"}, "Enter a valid date."),
        ({"published_at_0": "2026-02-30"}, "Enter a valid date."),
        ({"published_at_1": "25:00"}, "Enter a valid time."),
        ({"source": "x", "source_url": "javascript:alert(1)"}, "Enter a valid URL."),
        (
            {"slug": "a/b"},
            "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        ),
        ({"slug": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_what_a_field_cannot_hold_is_refused(client, typed, sentence):
    refused(add(client, **typed), sentence)


@pytest.mark.parametrize("name", ["pinned_until", "expires_at"])
def test_half_a_moment_is_refused(client, name):
    response = add(client, **{f"{name}_0": "2026-05-01"})
    assert len(errors(response)) == 1
    refused(response, *errors(response))


def test_a_text_too_large_to_be_true_is_refused_without_reading_it(client):
    body = "x" * (site_settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert client.post(ADD, {"title": "x", "body": body}).status_code == 413
    assert not Article.objects.exists()


def test_what_readers_pages_do_not_allow_is_removed_and_named(client):
    body = (
        "<p onclick='x'>Steel<script>alert(1)</script></p><form><input></form>"
        '<iframe src="https://video.example/1"></iframe><img src="https://evil.example/a.jpg">'
        '<p><a href="javascript:alert(1)">more</a></p>'
    )
    response = add(client, body=body)
    article = Article.objects.get()
    assert article.body == '<p>Steel</p><p><a rel="noopener noreferrer">more</a></p>'
    assert article.body_text == "Steel\nmore"
    assert (
        "Removed from the text, because readers' pages do not allow it: 1 picture that is not from "
        "the library, 1 embedded video or frame, 1 form field, the address of 1 link."
    ) in messages(response)


def test_an_ordinary_text_is_saved_in_silence(client):
    image = make_image()
    response = add(client, body=f'<h2>Mill</h2><p style="x">a<img src="{image.file.url}"></p>')
    stored = textrefs.pictures_in(Article.objects.get().body)
    assert [(img["src"], img["data-picture"]) for img in stored] == [(image.url, str(image.pk))]
    assert not [each for each in messages(response) if "Removed" in each]


@pytest.mark.parametrize("body", ["", "<p>&nbsp;</p>", "<p><br></p>\r\n"])
def test_an_empty_text_is_empty(client, body):
    add(client, body=body)
    assert (Article.objects.get().body, Article.objects.get().body_text) == ("", "")


def test_an_address_is_made_from_the_title(client):
    add(
        client,
        title="海诚承建项目",
        language="zh-hans",
        category=make_category("项目", "zh-hans").pk,
    )
    assert Article.objects.get().slug == "hai-cheng-cheng-jian-xiang-mu"


def test_an_address_that_is_typed_stays_and_an_emptied_one_is_made_anew(client):
    add(client, slug="my-mill")
    article = Article.objects.get()
    assert article.slug == "my-mill"
    submit(client, change(article), "article_form", title="New", slug="")
    assert Article.objects.get().slug == "new"


def test_an_error_below_leaves_the_article_as_it_was(client):
    article = make_article(status=Status.DRAFT)
    before = stored(article)
    response = submit(client, change(article), "article_form", title="Changed", picks=["999"])
    assert len(errors(response)) == 1
    assert Form(response, "article_form").data["title"] == "Changed"
    assert stored(article) == before


@pytest.mark.parametrize("year", ["0001", "0202", "1850", "2999"])
def test_a_mistyped_year_is_refused(client, year):
    assert len(errors(add(client, published_at_0=f"{year}-05-01"))) == 1
    assert not Article.objects.exists()
    article = make_article(status=Status.DRAFT)
    response = decide(client, article.pk, "publish", when="at", at=f"{year}-05-01T08:00")
    assert len(errors(response)) == 1
    assert Article.objects.get().status == Status.DRAFT


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.WITHDRAWN])
def test_what_readers_have_seen_is_not_made_a_thing_to_come(client, status):
    article = make_article(status=status)
    response = submit(client, change(article), "article_form", published_at_0="2027-01-01")
    sentence = "Readers have seen it: its date cannot lie in the future."
    assert errors(response) == [sentence]
    if status == Status.WITHDRAWN:
        begin_change(article, None, "Put right")
        answers = {"when": "at", "at": "2027-01-01T08:00"}
        assert errors(decide(client, article.pk, "publish", **answers)) == [sentence]
    article.refresh_from_db()
    assert (article.status, article.published_at.year) == (status, 2025)


def test_tags_of_the_other_language_are_refused(client):
    refused(
        add(client, tags=[make_tag("造纸", "zh-hans").pk]), "A tag belongs to another language."
    )


def test_a_refused_form_shows_the_state_that_is_stored(client):
    article = make_article(status=Status.DRAFT)
    typed = {"title": "", "_transition": "publish"}
    response = submit(client, change(article), "article_form", **typed)
    assert badges(response) == ["draft"]
    assert linked(response) >= {"bin"}
    assert offered(response) == ["submit", "publish"]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_form_that_another_editor_overtook_is_not_saved_unseen(client, status, choice):
    article = make_article(title="First", summary="Old", status=status)
    form = Form(client.get(change(article)), "article_form")
    other = Client()
    other.force_login(make_user("Li Wei", "Editor"))
    submit(other, change(article), "article_form", title="Theirs")
    before = stored(article)
    refused = client.post(change(article), form.data | {"title": "Mine", "summary": "Mine too"})
    assert errors(refused)[0].startswith("Li Wei has saved this article since you opened it.")
    assert stored(article) == before
    # The text is still there, with theirs beside it, and saving again is a decision.
    again = Form(refused, "article_form")
    assert (again.data["title"], again.data["summary"]) == ("Mine", "Mine too")
    assert again.choices["choose-title"] == ["mine", "theirs"]
    response = client.post(change(article), again.data | {"choose-title": choice}, follow=True)
    assert errors(response) == []
    shown = desk(article).shown
    assert (shown["title"], shown["summary"]) == (choice.title(), "Mine too")
    assert Article.objects.get().title == (
        "First" if status == Status.PUBLISHED else choice.title()
    )


def test_a_line_break_in_the_summary_counts_as_one_character(client):
    add(client, summary="a\r\n" * 200)
    assert Article.objects.get().summary == ("a\n" * 200).strip()
