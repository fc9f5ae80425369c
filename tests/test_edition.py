"""The edition advances with every change the public may see, and with nothing else."""

import time
from datetime import datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from django.core import serializers
from django.core.management import call_command
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


@pytest.fixture
def fresh():
    """Things made before the edition's number is read: making one is a change too."""
    return {"tag": make_tag("New"), "image": make_image(), "draft": make_draft()}


CHANGES = {
    "saved": lambda a, _: a.save(),
    "updated": lambda a, _: Article.objects.filter(pk=a.pk).update(title="New"),
    "bulk updated": lambda a, _: Article.objects.bulk_update([a], ["title"]),
    "withdrawn": lambda a, _: Article.objects.filter(pk=a.pk).update(status=Status.WITHDRAWN),
    "withdrawn by save": lambda a, _: (setattr(a, "status", Status.WITHDRAWN), a.save()),
    "binned": lambda a, _: (setattr(a, "binned_at", NOW), a.save()),
    "tagged": lambda a, new: a.tags.add(new["tag"]),
    "untagged": lambda a, _: a.tags.clear(),
    "tag removed": lambda a, _: a.tags.remove(*a.tags.all()),
    "tagged from the tag": lambda a, new: new["tag"].articles.add(a),
    "related": lambda a, new: RelatedPick.objects.create(article=a, related=new["draft"]),
    "category renamed": lambda a, _: Category.objects.filter(pk=a.category_id).update(name="New"),
    "category saved": lambda a, _: a.category.save(),
    "picture changed": lambda _, new: new["image"].save(),
    "picture deleted": lambda _, new: new["image"].delete(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_readers_can_see_makes_a_new_edition(change, fresh):
    article = make_article(tags=(make_tag(),))
    before = number()
    change(article, fresh)
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


@pytest.mark.django_db
def test_a_fixture_passes_the_door_and_makes_a_new_edition(tmp_path):
    article = make_article()
    fixture = tmp_path / "articles.json"
    dumped = serializers.serialize("json", [article])
    fixture.write_text(dumped.replace("<p>", "<p><script>alert(1)</script>"))
    before = number()
    call_command("loaddata", fixture, verbosity=0)
    article.refresh_from_db()
    assert "script" not in article.body
    assert number() > before


@pytest.mark.django_db(transaction=True)
def test_whoever_undoes_a_publication_that_is_just_being_made_makes_an_edition_too():
    draft = make_draft()
    before = number()
    stale = Article.objects.get(pk=draft.pk)
    published, saving = Event(), Event()

    def publish():
        try:
            with transaction.atomic():
                Article.objects.get(pk=draft.pk)
                draft.status = Status.PUBLISHED
                draft.save()
                published.set()
                saving.wait(timeout=30)
                time.sleep(0.3)  # The other one is waiting for the edition by now.
        finally:
            connections.close_all()

    thread = Thread(target=publish)
    thread.start()
    assert published.wait(timeout=30)
    saving.set()
    stale.save()
    thread.join(timeout=30)
    assert not Article.objects.public().exists()
    assert number() == before + 2


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
