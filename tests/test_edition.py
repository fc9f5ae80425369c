"""The edition advances with every change the public may see, and with nothing else."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from news import edition
from news.browsing import count_view
from news.models import Article, Category, Edition, RelatedPick, Status
from tests.helpers import (
    NOW,
    SITE_ZONE,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
)


def number() -> int:
    return Edition.objects.get().number


def make_draft() -> Article:
    return make_article(status=Status.DRAFT)


CHANGES = {
    "saved": lambda a: a.save(),
    "updated": lambda a: Article.objects.filter(pk=a.pk).update(title="New"),
    "bulk updated": lambda a: Article.objects.bulk_update([a], ["title"]),
    "withdrawn": lambda a: Article.objects.filter(pk=a.pk).update(status=Status.WITHDRAWN),
    "withdrawn by save": lambda a: (setattr(a, "status", Status.WITHDRAWN), a.save()),
    "binned": lambda a: (setattr(a, "binned_at", NOW), a.save()),
    "tagged": lambda a: a.tags.add(make_tag("New")),
    "untagged": lambda a: a.tags.clear(),
    "tagged from the tag": lambda a: make_tag("Other").articles.add(a),
    "related": lambda a: RelatedPick.objects.create(article=a, related=make_draft()),
    "category renamed": lambda a: Category.objects.filter(pk=a.category_id).update(name="New"),
    "category saved": lambda a: a.category.save(),
    "picture changed": lambda a: make_image().save(),
    "picture deleted": lambda a: make_image().delete(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_readers_can_see_makes_a_new_edition(change):
    article = make_article(tags=(make_tag(),))
    before = number()
    change(article)
    assert number() > before


NO_CHANGES = {
    "draft saved": lambda a: make_draft().save(),
    "draft updated": lambda a: Article.objects.filter(pk=make_draft().pk).update(title="New"),
    "draft deleted": lambda a: make_draft().delete(),
    "draft tagged": lambda a: make_draft().tags.add(a.tags.get()),
    "draft binned": lambda a: Article.objects.filter(pk=make_draft().pk).update(binned_at=NOW),
    "view counted": lambda a: count_view(a.pk),
    "login": lambda a: Client().force_login(make_user()),
    "read": lambda a: Client().get(a.get_absolute_url()),
}


@pytest.mark.django_db
@pytest.mark.parametrize("act", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_what_readers_cannot_see_makes_none(act):
    article = make_article(tags=(make_tag(),))
    before = number()
    act(article)
    assert number() == before


@pytest.mark.django_db
def test_publishing_a_draft_makes_a_new_edition():
    draft = make_draft()
    before = number()
    draft.status = Status.PUBLISHED
    draft.save()
    assert number() > before


@pytest.mark.django_db
def test_a_change_rolled_back_takes_its_edition_along():
    before = number()
    with pytest.raises(RuntimeError), transaction.atomic():
        make_article()
        raise RuntimeError
    assert number() == before


@pytest.mark.django_db
def test_the_next_due_moment_is_the_first_at_which_the_site_changes_by_itself():
    midnight = datetime(2026, 3, 5, tzinfo=SITE_ZONE)
    assert edition.next_due(NOW) == midnight
    make_article(published_at=NOW - timedelta(days=1), expires_at=NOW + timedelta(hours=3))
    make_article(published_at=NOW, pinned_until=NOW + timedelta(hours=4))
    assert edition.next_due(NOW) == NOW + timedelta(hours=3)
    make_article(published_at=NOW + timedelta(hours=2))
    assert edition.next_due(NOW) == NOW + timedelta(hours=2)
    make_article(published_at=NOW + timedelta(hours=1), status=Status.DRAFT)
    make_article(published_at=NOW + timedelta(hours=1), binned_at=NOW)
    assert edition.next_due(NOW) == NOW + timedelta(hours=2)


@pytest.mark.django_db
def test_scheduling_an_article_brings_the_due_moment_forward(time_machine):
    time_machine.move_to(NOW)
    make_article(published_at=NOW + timedelta(minutes=5))
    assert Edition.objects.get().due_at == NOW + timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_editors_who_save_the_same_articles_in_different_orders_do_not_deadlock():
    first, second = make_article(), make_article()
    make_category("Awards")
    start, failures = Barrier(2), []

    def save(articles):
        try:
            for _ in range(10):
                start.wait(timeout=30)
                with transaction.atomic():
                    for article in articles:
                        article.save()
        except Exception as error:  # Anything at all is a failure here.
            failures.append(error)
            start.abort()
        finally:
            connections.close_all()

    before = number()
    threads = [Thread(target=save, args=[order]) for order in ([first, second], [second, first])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    connection.close()
    assert not failures
    assert number() == before + 40
