"""Categories and tags in the admin."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from news.models import Category, Edition, Tag
from tests.forms import Form, errors, submit, words
from tests.helpers import make_article, make_category, make_tag, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("editor")]


def add(client, model: str, **typed) -> list[str]:
    return errors(submit(client, f"/admin/news/{model}/add/", f"{model}_form", **typed))


def change(client, term: Category | Tag, **typed) -> list[str]:
    model = term._meta.model_name
    path = f"/admin/news/{model}/{term.pk}/change/"
    return errors(submit(client, path, f"{model}_form", **typed))


@pytest.mark.parametrize(("model", "kind"), [("category", Category), ("tag", Tag)])
def test_a_term_gets_its_address_from_its_name(client, model, kind):
    assert add(client, model, name="工程项目", language="zh-hans") == []
    assert add(client, model, name="工程项目", language="en", slug="projects") == []
    assert set(kind.objects.values_list("language", "slug")) == {
        ("zh-hans", "gong-cheng-xiang-mu"),
        ("en", "projects"),
    }


@pytest.mark.parametrize("model", ["category", "tag"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "Projects", "slug": "other"}, "There is one of this name already."),
        ({"name": "projects!"}, "Another one has this address already."),
        ({"name": "Other", "slug": "projects"}, "Another one has this address already."),
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_a_second_one_of_the_same_name_or_address_is_refused(client, model, typed, sentence):
    assert add(client, model, name="Projects") == []
    assert add(client, model, **typed) == [sentence]


def test_a_term_is_renamed_and_keeps_its_address(client):
    category = make_category("Projects")
    make_article(category=category)
    assert change(client, category, name="Our projects") == []
    category.refresh_from_db()
    assert (category.name, category.slug) == ("Our projects", "projects")


def test_a_term_with_articles_stays_in_its_language(client):
    category, tag, unused = make_category(), make_tag(), make_category("Empty")
    make_article(category=category, tags=(tag,))
    for term in (category, tag):
        assert change(client, term, language="zh-hans") == [
            "It has articles, and they stay in their language."
        ]
        term.refresh_from_db()
        assert term.language == "en"
    assert change(client, unused, language="zh-hans") == []


@pytest.mark.parametrize("model", ["category", "tag"])
def test_the_list_counts_articles_without_a_query_for_each(client, model):
    def page() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"/admin/news/{model}/")
        return words(response), len(captured)

    def add_ten(first: int) -> None:
        for number in range(first, first + 10):
            tag = make_tag(f"Tag {number}")
            make_article(category=make_category(f"Category {number}"), tags=(tag,))

    add_ten(0)
    _, before = page()
    add_ten(10)
    text, queries = page()
    assert queries == before
    assert f"{model.capitalize()} 19 English {model}-19 1" in text


@pytest.mark.parametrize(("model", "kind"), [("category", Category), ("tag", Tag)])
def test_a_term_is_described_and_staff_find_those_that_are_not(client, model, kind):
    assert add(client, model, name="Described", description="In a sentence.") == []
    assert add(client, model, name="Silent") == []
    assert kind.objects.get(name="Described").description == "In a sentence."
    found = words(client.get(f"/admin/news/{model}/?description__isempty=1"))
    assert "Silent" in found
    assert "Described" not in found


# --- the same in another language


PAIRED = [("category", Category), ("tag", Tag)]


def two(kind: type[Category] | type[Tag]) -> tuple:
    make = {Category: make_category, Tag: make_tag}[kind]
    return make("Projects", "en"), make("工程项目", "zh-hans")


def are_pair(*terms: Category | Tag) -> bool:
    keys = {type(term).objects.get(pk=term.pk).translation_key for term in terms}
    return len(keys) == 1 and None not in keys


@pytest.mark.parametrize(("model", "kind"), PAIRED)
def test_two_terms_are_paired_and_parted(client, model, kind):
    first, second = two(kind)
    assert change(client, first, translation=second.pk) == []
    assert are_pair(first, second)
    for term, other in ((first, second), (second, first)):
        form = Form(client.get(f"/admin/news/{model}/{term.pk}/change/"), f"{model}_form")
        assert form.data["translation"] == str(other.pk)
    assert change(client, second, name="工程") == []
    assert are_pair(first, second)
    assert change(client, second, translation="") == []
    assert not are_pair(first, second)


@pytest.mark.parametrize(("model", "kind"), PAIRED)
def test_a_new_term_is_paired_at_once(client, model, kind):
    _, second = two(kind)
    assert add(client, model, name="Works", language="en", translation=second.pk) == []
    assert are_pair(second, kind.objects.get(name="Works"))


@pytest.mark.parametrize(("model", "kind"), PAIRED)
def test_a_term_of_the_same_language_or_with_a_pair_already_is_refused(client, model, kind):
    first, second = two(kind)
    assert change(client, first, translation=second.pk) == []
    third = {"name": "Works", "language": "en"}
    same = "It is in the same language. Choose one of another."
    assert add(client, model, **third, translation=first.pk) == [same]
    taken = "It has one in this language already."
    assert add(client, model, **third, translation=second.pk) == [taken]
    assert change(client, first, translation=first.pk) == [same]
    assert change(client, first, language="zh-hans", name="项目", slug="xiang-mu") == [same]
    assert are_pair(first, second)


@pytest.mark.parametrize(("model", "kind"), PAIRED)
def test_the_database_refuses_two_of_one_language_with_one_key(model, kind):
    first, _ = two(kind)
    kind.objects.filter(pk=first.pk).update(translation_key=uuid4())
    key = kind.objects.get(pk=first.pk).translation_key
    with pytest.raises(IntegrityError), transaction.atomic():
        kind.objects.create(name="Other", language="en", translation_key=key)
    assert kind.objects.filter(translation_key=None).count() == 1  # Any number stands alone.
    kind.objects.create(name="Other", language="en")


def test_a_pair_shows_to_readers_at_once(client):
    first, second = two(Category)
    before = Edition.objects.get().number
    assert change(client, first, translation=second.pk) == []
    assert Edition.objects.get().number > before


def test_those_who_may_only_look_see_the_pair(client):
    first, second = two(Category)
    assert change(client, first, translation=second.pk) == []
    client.force_login(make_user(group="Author"))
    page = words(client.get(f"/admin/news/category/{first.pk}/change/"))
    assert "In another language: 工程项目" in page


@pytest.mark.parametrize("model", ["category", "tag"])
def test_a_description_of_more_than_two_sentences_is_refused(client, model):
    assert add(client, model, name="Long", description="x" * 401) == [
        "Ensure this value has at most 400 characters (it has 401)."
    ]
