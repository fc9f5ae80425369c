"""What is public, what state an article is in, and what one row may say."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import F

from news.models import Article, BrowsingVolume, Category, OldAddress, RelatedPick, State, Status
from tests.helpers import NOW, SITE_ZONE, hidden_articles, make_article, make_category, make_image

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_public_is_published_out_of_the_bin_and_within_its_dates():
    shown = make_article(published_at=NOW - SECOND, expires_at=NOW + SECOND)
    hidden_articles(NOW)
    assert list(Article.objects.public(NOW)) == [shown]


def test_an_article_appears_and_expires_at_the_very_moment():
    article = make_article(published_at=NOW, expires_at=NOW + 2 * SECOND)
    moments = [NOW - SECOND, NOW, NOW + SECOND, NOW + 2 * SECOND]
    shown = [Article.objects.public(at).contains(article) for at in moments]
    assert shown == [False, True, True, False]


def every_kind_of_row():
    for status in Status.values:
        for published in (-2, 0, 1):
            for expires in (None, -1, 0, 1, 2):
                for binned in (None, 0):
                    if expires is None or expires > published:
                        yield status, published, expires, binned


def test_the_rule_says_the_same_in_the_database_and_in_python():
    hour = timedelta(hours=1)
    for status, published, expires, binned in every_kind_of_row():
        make_article(
            status=status,
            published_at=NOW + published * hour,
            expires_at=None if expires is None else NOW + expires * hour,
            binned_at=None if binned is None else NOW,
        )
    public = set(Article.objects.public(NOW).values_list("pk", flat=True))
    gone = set(Article.objects.gone(NOW).values_list("pk", flat=True))
    seen = set()
    for article in Article.objects.with_state(NOW):
        state = article.state_at(NOW)
        seen.add(state)
        assert state == article.state_now
        assert (state == State.PUBLIC) == (article.pk in public)
        assert not {article.pk} <= public & gone
    assert seen == set(State)
    assert public
    assert gone


def test_what_readers_never_saw_is_not_gone():
    hidden = hidden_articles(NOW)
    gone = Article.objects.gone(NOW)
    assert {name for name, article in hidden.items() if gone.contains(article)} == {
        "expired",
        "withdrawn",
        "binned",
    }


def test_last_and_next_keep_to_language_and_category_and_break_ties_by_number():
    first, second, third = (make_article(published_at=NOW) for _ in range(3))
    make_article(published_at=NOW, category=make_category("Awards"))
    make_article(published_at=NOW, language="zh-hans")
    public = Article.objects.public(NOW)
    assert list(public.before(third)) == [second, first]
    assert list(public.after(first)) == [second, third]
    assert not public.before(first).exists()
    assert not public.after(third).exists()


def test_neighbours_are_found_in_the_index_not_by_reading_the_category():
    articles = [make_article() for _ in range(3)]
    sql = str(Article.objects.public().before(articles[1]).query)
    assert '("news_article"."published_at", "news_article"."id") < (' in sql
    assert " OR " not in sql.split("language")[-1]


def test_the_text_passes_the_door_however_it_is_saved():
    dirty = "<p>Steel<script>alert(1)</script></p>"
    saved = make_article(body=dirty)
    bulk = Article(title="Bulk", body=dirty, category=make_category())
    Article.objects.bulk_create([bulk])
    updated = make_article()
    Article.objects.filter(pk=updated.pk).update(body=dirty)
    rewritten = make_article()
    rewritten.body = dirty
    Article.objects.bulk_update([rewritten], ["body"])
    for article in (saved, bulk, updated, rewritten):
        article = Article.objects.get(title=article.title)
        assert (article.body, article.body_text) == ("<p>Steel</p>", "Steel")


def test_saving_some_fields_keeps_the_plain_text_in_step():
    article = make_article()
    article.body = "<p>New</p>"
    article.save(update_fields=["body"])
    article.refresh_from_db()
    assert article.body_text == "New"
    assert article.revision == 2


def test_the_slug_is_made_from_the_title_also_a_chinese_one():
    assert make_article(title="Mill No. 3 starts up!").slug == "mill-no-3-starts-up"
    assert (
        make_article(title="海诚工程公司", language="zh-hans").slug
        == "hai-cheng-gong-cheng-gong-si"
    )
    assert make_article(title="！！！").slug == "news"


def test_the_cover_takes_over_the_librarys_alt_text():
    image = make_image(alt="A paper machine")
    assert make_article(cover=image).cover_alt == "A paper machine"
    assert make_article(cover=image, cover_alt="The new mill").cover_alt == "The new mill"


def test_the_teaser_is_the_summary_or_how_the_text_begins():
    assert make_article(summary="In short.").teaser == "In short."
    article = make_article(body=f"<p>One</p><p>{'two ' * 100}</p>")
    assert article.teaser.startswith("One two two")
    assert len(article.teaser) <= 160
    assert Article.objects.for_cards().get(pk=article.pk).teaser == article.teaser


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"status": "strange"},
        {"language": ""},
        {"expires_at": NOW, "published_at": NOW},
        {"source_url": "https://example.com/"},
        {"published_at": datetime(202, 5, 1, tzinfo=SITE_ZONE)},
    ],
)
def test_the_database_refuses_what_a_row_may_not_say(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(**{"category": make_category(), **fields})


def test_the_database_refuses_a_published_cover_without_alt_text():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(cover=make_image())
    make_article(cover=make_image(), status=Status.DRAFT)


def test_the_database_refuses_two_versions_in_one_language():
    article = make_article()
    make_article(language="zh-hans", translation_key=article.translation_key)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(translation_key=article.translation_key)


@pytest.mark.parametrize(
    "make",
    [
        lambda article: RelatedPick.objects.create(article=article, related=article),
        lambda article: OldAddress.objects.create(path="no-slash", article=article),
        lambda article: OldAddress.objects.create(path="/nowhere"),
        lambda article: OldAddress.objects.create(path="/loop", target="/loop"),
        lambda article: OldAddress.objects.create(path="/script", target="javascript:1"),
        lambda article: OldAddress.objects.create(path="/two", article=article, target="/en/"),
        lambda article: BrowsingVolume.objects.create(article=article, carried_over=2, total=1),
        lambda article: Category.objects.filter(pk=article.category_id).update(name=""),
        lambda article: Article.objects.filter(pk=article.pk).update(expires_at=F("published_at")),
    ],
)
def test_the_database_refuses_other_rows_that_make_no_sense(make):
    article = make_article()
    with pytest.raises(IntegrityError), transaction.atomic():
        make(article)


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.WITHDRAWN])
def test_what_was_published_is_never_deleted(status):
    article = make_article(status=status)
    with pytest.raises(models.ProtectedError):
        article.delete()
    with pytest.raises(models.ProtectedError):
        Article.objects.all().delete()
    assert Article.objects.contains(article)


def test_no_manager_deletes_everything():
    category = make_article().category
    for manager in (Article.objects, category.articles, Category.objects):
        assert not hasattr(manager, "delete")


def test_a_draft_can_be_deleted():
    make_article(status=Status.DRAFT).delete()
    assert not Article.objects.exists()
