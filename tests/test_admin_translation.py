"""Tying an article to its version in another language, in the admin's form."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from news.models import Article, Edition, Status
from tests.forms import Form, change, errors, submit, words
from tests.helpers import NOW, make_article, make_category, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOW),
    pytest.mark.usefixtures("editor"),
]


@pytest.fixture
def english() -> Article:
    return make_article(title="Mill")


@pytest.fixture
def chinese() -> Article:
    return make_article(title="工厂", language="zh-hans")


@pytest.fixture
def pair(english) -> tuple[Article, Article]:
    key = english.translation_key
    return english, make_article(title="工厂", language="zh-hans", translation_key=key)


def save(client, article: Article, **typed) -> list[str]:
    return errors(submit(client, change(article), "article_form", **typed))


def are_versions(*articles: Article) -> bool:
    return len({Article.objects.get(pk=article.pk).translation_key for article in articles}) == 1


def test_two_articles_are_tied(client, english, chinese):
    assert save(client, english, translation=chinese.pk) == []
    assert are_versions(english, chinese)
    for article, other in ((english, chinese), (chinese, english)):
        form = Form(client.get(change(article)), "article_form")
        assert form.data["translation"] == str(other.pk)


def test_a_new_article_is_tied_at_once(client, chinese):
    typed = {"title": "Mill", "category": make_category().pk, "translation": chinese.pk}
    assert errors(submit(client, "/admin/news/article/add/", "article_form", **typed)) == []
    assert are_versions(chinese, Article.objects.get(title="Mill"))


def test_saving_again_keeps_them_tied(client, pair):
    assert save(client, pair[0], title="Changed") == []
    assert save(client, pair[1], title="改") == []
    assert are_versions(*pair)


@pytest.mark.parametrize("place", [0, 1])
def test_two_articles_are_untied(client, pair, place):
    assert save(client, pair[place], translation="") == []
    assert not are_versions(*pair)
    form = Form(client.get(change(pair[1 - place])), "article_form")
    assert form.data["translation"] == ""


def test_a_version_is_replaced_by_another(client, pair):
    other = make_article(language="zh-hans")
    assert save(client, pair[0], translation=other.pk) == []
    assert are_versions(pair[0], other)
    assert not are_versions(*pair)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_paired_with_another_it_is_not_older_than_that_one(client, pair, status):
    Article.objects.filter(pk=pair[1].pk).update(status=status)
    QuerySet(Article).filter(pk=pair[1].pk).update(behind_since=NOW)
    assert save(client, pair[1], translation=make_article().pk) == []
    assert Article.objects.get(pk=pair[1].pk).behind_since is None


def test_the_same_language_is_refused(client, english):
    other = make_article()
    assert save(client, english, translation=other.pk) == ["This article is in the same language."]
    assert not are_versions(english, other)


def test_itself_is_refused(client, english):
    assert save(client, english, translation=english.pk) == [
        "An article is not its own translation."
    ]


def test_an_article_that_has_a_version_already_is_refused(client, pair):
    other = make_article()
    assert save(client, other, translation=pair[1].pk) == [
        "This article already has a version in that language."
    ]
    assert are_versions(*pair)
    assert not are_versions(other, pair[1])


def test_one_of_a_pair_does_not_move_into_the_others_language(client, pair):
    category = make_category("工程项目", "zh-hans")
    typed = {"language": "zh-hans", "category": category.pk}
    Article.objects.filter(pk=pair[0].pk).update(status=Status.DRAFT)
    assert save(client, pair[0], **typed) == ["This article is in the same language."]
    assert Article.objects.get(pk=pair[0].pk).language == "en"
    assert save(client, pair[0], **typed, translation="") == []
    assert Article.objects.get(pk=pair[0].pk).language == "zh-hans"
    assert not are_versions(*pair)


def test_what_is_published_keeps_its_language(client, english):
    form = Form(client.get(change(english)), "article_form")
    assert "language" not in form.data
    client.post(change(english), form.data | {"language": "zh-hans"})
    assert Article.objects.get().language == "en"


def test_a_pair_is_a_decision_that_takes_effect_at_once(client, english, chinese):
    before = Edition.objects.get().number
    assert save(client, english, translation=chinese.pk, title="Not yet") == []
    assert Edition.objects.get().number > before
    assert are_versions(english, chinese)
    assert Article.objects.get(pk=english.pk).title == "Mill"


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_authors_tie_their_drafts_and_nothing_that_is_published(client, status, chinese):
    author = make_user(group="Author")
    client.force_login(author)
    own = make_article(status=status, created_by=author)
    form = Form(client.get(change(own)), "article_form")
    assert ("translation" in form.data) == (status == Status.DRAFT)
    client.post(change(own), form.data | {"translation": chinese.pk})
    assert are_versions(own, chinese) == (status == Status.DRAFT)


def test_a_wrong_category_and_a_wrong_version_are_told_together(client, english):
    other = make_article()
    category = make_category("工程项目", "zh-hans")
    assert save(client, english, translation=other.pk, category=category.pk) == [
        "This category belongs to another language. Choose one of the article's.",
        "This article is in the same language.",
    ]


def test_an_article_that_is_not_there_is_refused(client, english):
    assert len(save(client, english, translation="999")) == 1


def test_those_who_may_only_look_see_the_other_version(client, pair):
    Article.objects.update(status=Status.DRAFT)
    client.force_login(make_user(group="Author"))
    page = words(client.get(change(pair[0])))
    assert "Same article in another language: 工厂" in page
    page = words(client.get(change(make_article(status=Status.DRAFT))))
    assert "Same article in another language: –" in page
