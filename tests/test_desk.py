"""The admin's first page: what waits for whom."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from news import edition, versions
from news.models import Article, Status
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.forms import words
from tests.helpers import NOW, make_article, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def ann() -> User:
    return make_user("ann", "Author", first_name="Ann", last_name="Li")


@pytest.fixture
def ed() -> User:
    return make_user("ed", "Editor")


def sections(user: User) -> dict[str, str]:
    """Title of each section -> its words, as the page says them."""
    client = Client()
    client.force_login(user)
    html = client.get("/admin/").content.decode()
    found = {}
    for part in html.split('aria-labelledby="desk-')[1:]:
        name, _quote, rest = part.partition('"')
        text = rest.partition("</section>")[0]
        found[name] = words(type("Part", (), {"content": text.encode()})())
    return found


def draft(by: User, title: str, **fields) -> Article:
    return make_article(title=title, status=Status.DRAFT, created_by=by, **fields)


def changed(article: Article, by: User, title: str) -> None:
    row = Article.objects.get(pk=article.pk)
    versions.save(row, versions.live_content(row) | {"title": title}, by)


def test_an_editor_finds_what_waits_for_review_the_longest_first(ann, ed):
    first, second = draft(ann, "The first"), draft(ann, "The second")
    live = make_article(title="As readers see it", created_by=ann)
    changed(live, ann, "As it is to be")
    for article in (live, second, first):
        perform(TRANSITIONS["submit"], article.pk, ann, comment=f"Please, {article.pk}")
    shown = sections(ed)["review"]
    assert "The first" in shown
    assert "The second" in shown
    assert "As it is to be Change" in shown
    assert "As readers see it" not in shown
    assert "Ann Li" in shown
    assert f"Please, {first.pk}" in shown


def test_an_author_finds_drafts_and_what_was_sent_back_and_why(ann, ed):
    mine, back = draft(ann, "A mere draft"), draft(ann, "Not good enough")
    draft(make_user("bo", "Author"), "Somebody else's")
    perform(TRANSITIONS["submit"], back.pk, ann)
    perform(TRANSITIONS["send_back"], back.pk, ed, comment="Who said that?")
    shown = sections(ann)["drafts"]
    assert mine.title in shown
    assert "Not good enough Sent back" in shown
    assert "Who said that?" in shown
    assert "Somebody else's" not in shown
    assert "Nothing waits" in sections(ann)["review"]


def test_what_an_author_submitted_waits_for_an_editor(ann):
    article = draft(ann, "Done")
    perform(TRANSITIONS["submit"], article.pk, ann)
    shown = sections(ann)
    assert "Waiting for an editor" in shown["review"]
    assert "Done" in shown["review"]
    assert "Done" not in shown["drafts"]


def test_what_is_scheduled_says_the_exact_moment_and_its_zone(ann, ed):
    make_article(title="Tomorrow", published_at=NOW + timedelta(days=1, minutes=7))
    live = make_article(title="Live")
    changed(live, ed, "Live, next week")
    perform(TRANSITIONS["publish"], live.pk, ed, at=NOW + timedelta(days=7))
    shown = sections(ed)["scheduled"]
    assert shown.index("Tomorrow") < shown.index("Live, next week Change")
    assert "2026-03-05 12:07 (Asia/Shanghai)" in shown


def test_what_was_published_lately_is_there_and_what_is_binned_is_not(ann, ed):
    make_article(title="Just out", published_at=NOW - timedelta(hours=1))
    make_article(title="Thrown away", binned_at=NOW)
    draft(ed, "Thrown away too", binned_at=NOW)
    shown = sections(ed)
    assert "Just out" in shown["published"]
    assert "Thrown away" not in str(shown)


def held_back(ed: User, title: str, time_machine) -> Article:
    """Scheduled; and by then the live article is another."""
    article = make_article(title="Live")
    changed(article, ed, title)
    perform(TRANSITIONS["publish"], article.pk, ed, at=NOW + timedelta(hours=1))
    Article.objects.filter(pk=article.pk).update(summary="From another door")
    time_machine.shift(timedelta(hours=2))
    edition.current()
    return article


def test_what_should_have_come_and_did_not_is_told_until_somebody_decides(ann, ed, time_machine):
    article = held_back(ed, "Should be there", time_machine)
    for user in (ann, ed):
        shown = sections(user)["scheduled"]
        assert "Should be there Change Did not take effect" in shown
        assert "2026-03-04 14:00 (Asia/Shanghai)" in shown
    perform(TRANSITIONS["submit"], article.pk, ed)
    assert "Did not take effect" not in str(sections(ed))


def test_what_did_not_come_is_not_told_of_what_lies_in_the_bin(ed, time_machine):
    article = held_back(ed, "Should be there", time_machine)
    perform(TRANSITIONS["bin"], article.pk, ed)
    assert "Should be there" not in sections(ed)["scheduled"]


def leads_to(user: User, section: str) -> set[str]:
    """Titles in the list that the link below a section opens."""
    client = Client()
    client.force_login(user)
    html = client.get("/admin/").content.decode().split(f'aria-labelledby="desk-{section}"')[1]
    (address,) = re.findall(r'class="desk-all">\s*<a href="([^"]+)"', html.split("</section>")[0])
    answer = client.get(unescape(address))
    assert answer.status_code == 200
    return {article.title for article in answer.context["cl"].result_list}


def test_the_desk_shows_ten_and_leads_to_all_of_them(ann, ed, time_machine):
    for number in range(12):
        time_machine.shift(60)
        draft(ann, f"Draft {number:02}")
    live, other = make_article(title="Live", created_by=ann), make_article(title="Begun by Bo")
    changed(live, ann, "Live changed")
    changed(other, ann, "An editor then")
    draft(ed, "Somebody else's")
    shown = sections(ann)["drafts"]
    assert "Live changed" in shown
    assert "Draft 11" in shown
    assert "Draft 02" not in shown
    assert "Draft 00" not in shown
    every = {f"Draft {number:02}" for number in range(12)}
    assert leads_to(ann, "drafts") == every | {"Live", "Begun by Bo"}


def test_the_links_lead_to_articles_and_changes_alike(ann, ed):
    mine, theirs = draft(ann, "Mine"), draft(ed, "Theirs")
    live = make_article(title="Live", created_by=ann)
    changed(live, ann, "Live changed")
    for article in (mine, theirs, live):
        perform(TRANSITIONS["submit"], article.pk, ed)
    make_article(title="To come", published_at=NOW + timedelta(days=1))
    to_change = make_article(title="To change")
    changed(to_change, ed, "Changed")
    perform(TRANSITIONS["publish"], to_change.pk, ed, at=NOW + timedelta(days=7))
    assert leads_to(ed, "review") == {"Mine", "Theirs", "Live"}
    assert leads_to(ann, "review") == {"Mine", "Live"}
    assert leads_to(ed, "scheduled") == leads_to(ann, "scheduled") == {"To come", "To change"}


def test_an_empty_desk_says_so(ann):
    assert "You have no drafts." in sections(ann)["drafts"]
    assert "Nothing is scheduled." in sections(ann)["scheduled"]


def test_staff_without_a_group_have_no_desk():
    assert sections(make_user("plain")) == {}


def test_more_articles_do_not_need_more_queries(ann, ed):
    counts = []
    for _ in range(2):
        for number in range(6):
            perform(TRANSITIONS["submit"], draft(ann, f"Draft {number}").pk, ann)
            draft(ed, f"Own {number}")
            live = make_article()
            changed(live, ann, "Other title")
            make_article(published_at=NOW + timedelta(days=number + 1))
        client = Client()
        client.force_login(ed)
        with CaptureQueriesContext(connection) as captured:
            client.get("/admin/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
