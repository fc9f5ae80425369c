"""Versions of an article in other languages: what a new one begins with, and which are behind."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news import languages
from news.models import Article, Category, Edition, Lack, RelatedPick, Status, Tag
from tests.desk import begin_change, do, edit
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
)
from tests.writing import every_way, save

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

DAY = timedelta(days=1)


def paired(*terms: Category | Tag) -> None:
    key = uuid4()
    for term in terms:
        type(term).objects.filter(pk=term.pk).update(translation_key=key)


def version_of(article: Article, language: str = "zh-hans", **fields) -> Article:
    return make_article(language=language, translation_key=article.translation_key, **fields)


def begun(article: Article, by=None, language: str = "zh-hans", **names: str) -> Article:
    category = make_category(**{"name": "工程项目", "language": language, **names})
    return languages.begin(article.pk, language, category, by or make_user())


# --- beginning one


def test_a_version_begins_with_what_readers_see_of_the_article():
    image, editor, by = make_image(), make_user(), make_user()
    article = make_article(
        title="Mill",
        summary="A mill.",
        body="<p>It <b>runs</b>.</p>",
        cover=image,
        cover_alt="A mill at dusk",
        source="The Mill Post",
        source_url="https://example.com/",
        editor=editor,
        pinned_until=NOW + DAY,
        expires_at=NOW + 9 * DAY,
    )
    draft = Article.objects.get(pk=begun(article, by).pk)
    copied = ("title", "summary", "body", "cover", "cover_alt", "source", "source_url", "editor")
    for name in (*copied, "translation_key"):
        assert getattr(draft, name) == getattr(article, name), name
    assert (draft.language, draft.status, draft.category.name) == ("zh-hans", "draft", "工程项目")
    assert (draft.created_by, draft.modified_by) == (by, by)
    assert (draft.pinned_until, draft.expires_at) == (None, None)
    assert abs(draft.published_at - NOW) < timedelta(minutes=1)


def test_it_is_a_draft_that_no_reader_sees_and_no_edition_begins_with():
    article = make_article()
    make_category("工程项目", "zh-hans")
    before = Edition.objects.get().number
    begun(article)
    assert Edition.objects.get().number == before
    assert list(Article.objects.public()) == [article]


def test_its_history_says_where_it_comes_from():
    article, by = make_article(), make_user()
    version = begun(article, by).versions.get()
    assert version.comment == f"Begun from the English version, number {article.pk}."
    assert version.author == by


def test_of_a_published_article_it_takes_the_published_text():
    article, by = make_article(title="Mill"), make_user(is_superuser=True)
    begin_change(article, by, "Not decided")
    assert begun(article, by).title == "Mill"


def test_without_an_editor_in_charge_it_is_whoever_begins_it():
    by = make_user()
    assert begun(make_article(), by).editor == by


def test_tags_come_along_where_they_have_a_pair():
    epc, alone, half = make_tag("EPC"), make_tag("Alone"), make_tag("Half")
    paired(epc, make_tag("总承包", "zh-hans"))
    paired(half)
    make_tag("无关", "zh-hans")  # Stands alone, as the second one does.
    draft = begun(make_article(tags=(epc, alone, half)))
    assert [tag.name for tag in draft.tags.all()] == ["总承包"]


def test_related_news_come_along_where_they_have_a_version():
    first, second, third, binned = (make_article() for _ in range(4))
    article = make_article()
    for position, related in enumerate((third, second, binned, first)):
        RelatedPick.objects.create(article=article, related=related, position=position)
    chinese = {each: version_of(each) for each in (first, third)}
    version_of(binned, binned_at=NOW)
    picks = begun(article).related_picks.values_list("related", flat=True)
    assert list(picks) == [chinese[third].pk, chinese[first].pk]


def test_there_is_one_version_in_each_language():
    article = make_article()
    begun(article)
    with pytest.raises(ValidationError, match="There is a version in this language already"):
        begun(article)
    with pytest.raises(ValidationError, match="There is a version in this language already"):
        begun(article, language="en", name="Projects")


def test_one_in_the_bin_counts():
    article = make_article()
    version_of(article, binned_at=NOW)
    assert languages.languages_without(article) == []
    with pytest.raises(ValidationError, match="already"):
        begun(article)


def test_nothing_is_begun_from_the_bin():
    article = make_article(binned_at=NOW)
    with pytest.raises(ValidationError, match="Take it out first"):
        begun(article)
    assert Article.objects.count() == 1


# --- which category


def test_its_category_is_the_pair_of_the_articles():
    projects, other = make_category(), make_category("其他", "zh-hans")
    version_of(make_article(category=projects), category=other)
    assert languages.category_in("zh-hans", projects) == other
    pair = make_category("工程项目", "zh-hans")
    paired(projects, pair)
    projects.refresh_from_db()
    assert languages.category_in("zh-hans", projects) == pair


def test_or_else_the_one_that_versions_of_its_articles_most_often_have():
    projects, rare, often = (
        make_category(),
        make_category("少", "zh-hans"),
        make_category("多", "zh-hans"),
    )
    for category in (rare, often, often):
        version_of(make_article(category=projects), category=category)
    for _ in range(3):
        version_of(make_article(category=make_category("Other")), category=rare)
    assert languages.category_in("zh-hans", projects) == often


def test_or_else_nobody_knows():
    make_category("工程项目", "zh-hans")
    assert languages.category_in("zh-hans", make_category()) is None


# --- what a language lacks


def lacks(language: str, lack: Lack | None = None) -> list[Article]:
    lacking = Article.objects.lacking(language)
    return list(lacking.for_the_lack(lack, language) if lack else lacking)


def kinds(language: str) -> dict[Article, Lack]:
    """As the report shows each line; the filters must say the same."""
    lines = languages.lines(Article.objects.lacking(language), language)
    found = {line.article: line.lack for line in lines}
    for lack in Lack:
        assert set(lacks(language, lack)) == {a for a, kind in found.items() if kind == lack}
    return found


def test_a_version_that_is_not_there_is_missing():
    article = make_article()
    assert kinds("zh-hans") == {article: Lack.MISSING}
    assert kinds("en") == {}


def test_a_version_that_is_public_is_not_lacking():
    version_of(make_article())
    assert kinds("zh-hans") == kinds("en") == {}


def test_a_version_that_readers_do_not_see_is_not_public():
    states = hidden_articles(NOW, language="zh-hans")
    originals = {make_article(translation_key=hidden.translation_key) for hidden in states.values()}
    assert kinds("zh-hans") == dict.fromkeys(originals, Lack.WAITING)


def test_what_nobody_sees_lacks_nothing():
    hidden_articles(NOW)
    assert kinds("zh-hans") == {}


def is_behind(article: Article) -> bool:
    return Article.objects.get(pk=article.pk).behind_since is not None


@pytest.fixture
def by():
    return make_user(is_superuser=True)


def test_a_version_is_older_when_another_was_edited(by):
    article = make_article()
    version = version_of(article)
    edit(article, by, body="<p>It runs now.</p>")
    assert kinds("zh-hans") == {article: Lack.OLDER}
    assert kinds("en") == {}
    version.refresh_from_db()
    assert abs(version.behind_since - NOW) < timedelta(minutes=1)


def test_it_catches_up_and_then_none_is_older(by):
    article = make_article()
    version = version_of(article)
    edit(article, by, title="Mill runs")
    edit(version, by, title="工厂投产")
    assert kinds("zh-hans") == kinds("en") == {}
    edit(version, by, title="工厂已投产")
    assert kinds("en") == {version: Lack.OLDER}


def test_edited_again_the_other_stays_behind_since_the_first_time(by, time_machine):
    article = make_article()
    version = version_of(article)
    edit(article, by, title="One")
    time_machine.shift(DAY)
    edit(article, by, title="Two")
    assert kinds("zh-hans") == {article: Lack.OLDER}
    version.refresh_from_db()
    assert version.behind_since < NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "changed", [{"tags": []}, {"related": []}, {"editor": None}, {"category": "Other"}]
)
def test_what_readers_do_not_read_makes_none_older(by, changed):
    other = make_article()
    article = make_article(tags=(make_tag(),), editor=by)
    RelatedPick.objects.create(article=article, related=other)
    version_of(article)
    version_of(other)
    if "category" in changed:
        changed = {"category": make_category("Other").pk}
    edit(article, by, **changed)
    assert kinds("zh-hans") == {}


def test_a_view_a_pin_or_a_draft_of_a_change_makes_none_older(by):
    article = make_article()
    version_of(article)
    Article.objects.filter(pk=article.pk).update(pinned_until=NOW + DAY)
    begin_change(article, by, "Not decided")
    assert kinds("zh-hans") == {}


def test_a_scheduled_change_makes_it_older_when_it_takes_effect(site, by, time_machine):
    article = make_article()
    version_of(article)
    begin_change(article, by, "To come")
    do("publish", article, by, at=NOW + DAY)
    assert kinds("zh-hans") == {}
    time_machine.shift(2 * DAY)
    assert "To come" in site.get("/en/").text
    assert kinds("zh-hans") == {article: Lack.OLDER}


def test_somebody_can_say_that_it_is_up_to_date(by):
    article = make_article()
    version = version_of(article)
    edit(article, by, summary="A full stop was missing.")
    before, revision = Edition.objects.get().number, version.revision
    languages.is_up_to_date(version, by)
    assert kinds("zh-hans") == {}
    version.refresh_from_db()
    # Nobody's open form is overtaken, and no page is made anew.
    assert (Edition.objects.get().number, version.revision) == (before, revision)


def test_a_draft_that_was_begun_before_an_edit_is_behind_when_it_is_published(by):
    article = make_article()
    draft = version_of(article, status=Status.DRAFT)
    edit(article, by, title="Mill runs")
    assert kinds("zh-hans") == {article: Lack.WAITING}
    do("publish", draft, by)
    assert kinds("zh-hans") == {article: Lack.OLDER}


def test_a_draft_that_was_translated_after_the_edit_is_not(by):
    article = make_article(title="Mill")
    draft = begun(article, by)
    edit(article, by, title="Mill runs")
    assert is_behind(draft)
    edit(draft, by, title="工厂投产")
    assert kinds("zh-hans") == kinds("en") == {}


def test_what_is_published_makes_others_older_before_its_moment_too(by):
    article = make_article(published_at=NOW + DAY)
    version = version_of(article, published_at=NOW + DAY)
    edit(article, by, title="Mill runs")
    assert (is_behind(article), is_behind(version)) == (False, True)


def test_a_draft_makes_none_older(by):
    article = make_article(status=Status.DRAFT)
    version = version_of(article)
    edit(article, by, title="Mill runs")
    assert not is_behind(version)


@every_way
def test_whoever_writes_it_the_others_are_older_and_it_catches_up(write):
    article = make_article()
    version = version_of(article)
    write(article, body="<p>It runs now.</p>")
    assert (is_behind(article), is_behind(version)) == (False, True)
    version.refresh_from_db()
    write(version, body="<p>投产。</p>")
    assert not is_behind(article)
    assert not is_behind(version)


def test_what_caught_up_is_saved_again_as_it_is():
    article = make_article()
    version = version_of(article)
    save(article, title="Mill runs")
    version.refresh_from_db()
    save(version, title="投产")
    version.save()
    assert not is_behind(version)


@every_way
def test_writing_what_is_there_makes_none_older(write):
    article = make_article(body="<p>It runs.</p>")
    version = version_of(article)
    write(article, body="<p>It runs.</p>")
    assert not is_behind(version)


def test_what_is_written_at_once_leaves_none_behind():
    version_of(make_article())
    Article.objects.update(source="A paper")
    assert not Article.objects.exclude(behind_since=None).exists()


@every_way
def test_paired_with_another_it_is_not_behind_that_one(write, by):
    article, other = make_article(), make_article()
    version = version_of(article)
    edit(article, by, title="Mill runs")
    version.refresh_from_db()
    write(version, translation_key=other.translation_key)
    assert not is_behind(version)
    assert not is_behind(other)


def test_of_versions_in_several_languages_the_oldest_speaks_for_all():
    first = make_article()
    version_of(first, "fr", category=make_category("Projets", "fr"))
    assert kinds("zh-hans") == {first: Lack.MISSING}


def test_all_languages_are_counted():
    make_article()
    make_article()
    make_article(language="zh-hans")
    assert languages.lacks() == [("en", "English", 1), ("zh-hans", "Chinese", 2)]


def test_the_lines_of_many_articles_take_one_query():
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            languages.lines(Article.objects.lacking("zh-hans"), "zh-hans")
        return len(captured)

    make_article()
    before = queries()
    for _ in range(9):
        version_of(make_article(), status=Status.DRAFT)
    assert queries() == before == 2
