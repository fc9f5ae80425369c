"""What editors do in the admin, and operators by importing: a new edition each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import RequestFactory

from news import workflow
from news.models import Article
from news.transitions import TRANSITIONS
from tests import legacy
from tests.desk import article_at
from tests.forms import change, decide, errors, submit
from tests.helpers import NOW, make_article, make_category, make_image, make_tag, make_user
from tests.test_edition_fields import number, one_of_each

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


@pytest.fixture
def rows() -> dict[str, Any]:
    return one_of_each()


# What the content of a published article is: readers see it when it is published, and not before.
CONTENT: dict[str, Callable[[], dict[str, Any]]] = {
    "title": lambda: {"title": "Another title"},
    "summary": lambda: {"summary": "Another summary"},
    "body": lambda: {"body": "<p>Another text.</p>"},
    "cover": lambda: {"cover": make_image().pk},
    "cover_alt": lambda: {"cover_alt": "Another description"},
    "category": lambda: {"category": make_category("Awards").pk},
    "tags": lambda: {"tags": [make_tag("New").pk]},
    "source": lambda: {"source": "Another paper"},
    "source_url": lambda: {"source_url": "https://example.com/another"},
    "picks": lambda: {"picks": [make_article().pk]},
}
# What editors decide about it, which takes effect when it is saved.
DECISIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "translation": lambda: {"translation": make_article(language="zh-hans", title="一").pk},
    "published_at": lambda: {"published_at_0": "2025-01-01"},
    "expires_at": lambda: {"expires_at_0": "2027-01-01", "expires_at_1": "00:00:00"},
    "pinned_until": lambda: {"pinned_until_0": "2027-01-01", "pinned_until_1": "00:00:00"},
    "slug": lambda: {"slug": "another-slug"},
}
FIXED = {"language"}  # What is published keeps it.
NOT_TYPED = {"editor", "opened", "comment"}  # Readers do not see them.


def test_every_field_of_the_articles_form_is_typed_here(rows):
    request = RequestFactory().get("/")
    request.user = make_user(is_superuser=True)
    model_admin = admin.site.get_model_admin(Article)
    assert not model_admin.inlines
    article = model_admin.get_object(request, str(rows["article"].pk))
    fields = set(model_admin.get_form(request, article).base_fields)
    assert fields == CONTENT.keys() | DECISIONS.keys() | NOT_TYPED
    assert set(model_admin.get_form(request).base_fields) == fields | FIXED


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.usefixtures("editor")
def test_what_an_editor_decides_makes_a_new_edition(client, rows, name):
    typed = DECISIONS[name]()
    before = number()
    assert errors(submit(client, change(rows["article"]), "article_form", **typed)) == []
    assert number() > before


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.usefixtures("editor")
def test_what_an_editor_types_makes_a_new_edition_when_it_is_published(client, rows, name):
    article, typed = rows["article"], CONTENT[name]()
    before = number()
    assert errors(submit(client, change(article), "article_form", **typed)) == []
    assert number() == before
    assert errors(decide(client, article.pk, "publish", when="now")) == []
    assert number() > before


@pytest.mark.parametrize("point", ["draft", "in_review", "withdrawn"])
@pytest.mark.parametrize("name", [*CONTENT, "slug"])
@pytest.mark.usefixtures("editor")
def test_saving_what_no_reader_sees_makes_no_edition(client, point, name):
    article = article_at(point, summary="Summary", source="A paper", cover=make_image(alt="x"))
    typed = (CONTENT | DECISIONS)[name]()
    before = number()
    assert errors(submit(client, change(article), "article_form", **typed)) == []
    assert number() == before


@pytest.mark.parametrize(
    ("model", "typed"),
    [
        ("category", {"name": "Another name"}),
        ("category", {"slug": "another-slug"}),
        ("category", {"position": "9"}),
        ("tag", {"name": "Another name"}),
        ("tag", {"slug": "another-slug"}),
        ("image", {"alt": "Another description"}),
        ("image", {"caption": "Another caption"}),
    ],
)
@pytest.mark.usefixtures("editor")
def test_a_changed_term_or_picture_makes_a_new_edition(client, rows, model, typed):
    before = number()
    path = f"/admin/news/{model}/{rows[model].pk}/change/"
    assert errors(submit(client, path, f"{model}_form", **typed)) == []
    assert number() > before


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("publish", "draft"),
        ("publish", "change_in_review"),
        ("publish", "change_on_withdrawn"),
        ("republish", "withdrawn"),
        ("withdraw", "public"),
        ("bin", "public"),
        ("restore", "binned"),
    ],
)
def test_each_transition_makes_a_new_edition_by_code_and_by_button(client, editor, name, point):
    by_code, by_button = article_at(point), article_at(point)
    before = number()
    workflow.perform(TRANSITIONS[name], by_code.pk, editor)
    assert (between := number()) > before
    assert errors(decide(client, by_button.pk, name)) == []
    assert number() > between


# --- the import

PAGES = {
    "title": {"title": "Another Title"},
    "text": {"text": "Another text."},
    "source": {"header": legacy.HEADER.replace("Source:", "Source:Another Paper")},
    "date": {"header": legacy.HEADER.replace("11-08", "11-09")},
}


@pytest.mark.parametrize("changed", PAGES.values(), ids=PAGES.keys())
def test_a_page_imported_anew_makes_a_new_edition_if_it_changed(tmp_path, changed):
    file = legacy.write(tmp_path, "3224-8945-7.txt")
    legacy.moved_in(file, "--base-path", "/en/s")
    imported = number()
    legacy.moved_in(file, "--base-path", "/en/s")
    assert number() == imported
    legacy.write(tmp_path, file.name, legacy.page(**changed))
    assert "1 updated" in legacy.moved_in(file, "--base-path", "/en/s")
    assert number() > imported
