"""Browsing volumes and refusals in the admin: editors look, administrators set right."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.browsing import count_view
from news.models import Article, BrowsingVolume, DailyViews, Edition, RefusedViews
from tests.forms import Form, errors, messages, submit, words
from tests.helpers import NOW, make_article, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/news/browsingvolume/"
ADD = f"{LIST}add/"
REFUSED = "/admin/news/refusedviews/"
FORM = "browsingvolume_form"


@pytest.fixture
def administrator(client):
    user = make_user("administrator", is_superuser=True)
    client.force_login(user)
    return user


def make_volume(carried_over: int = 88, views: int = 2, **fields) -> BrowsingVolume:
    article = make_article(**fields)
    if views:
        DailyViews.objects.create(article=article, day=NOW.date(), views=views)
    return BrowsingVolume.objects.create(
        article=article, carried_over=carried_over, total=carried_over + views
    )


def page_of(volume: BrowsingVolume) -> str:
    return f"{LIST}{volume.pk}/change/"


def numbers(article: Article) -> tuple[int, int]:
    return BrowsingVolume.objects.values_list("carried_over", "total").get(pk=article.pk)


# --- The list ---


@pytest.mark.usefixtures("editor")
def test_the_list_shows_the_most_read_first(client):
    make_volume(title="Mill 3", carried_over=10)
    make_volume(title="浆纸项目", language="zh-hans", carried_over=12_000, views=345)
    text = words(client.get(LIST))
    assert "浆纸项目 Chinese 12,345 12,000" in text
    assert "Mill 3 English 12 10" in text
    assert text.index("浆纸项目") < text.index("Mill 3")
    assert "浆纸项目" not in words(client.get(f"{LIST}?q=mill"))
    assert "Mill 3" not in words(client.get(f"{LIST}?article__language__exact=zh-hans"))


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize("path", [LIST, REFUSED])
def test_the_lists_need_no_query_for_each_row(client, path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    def add_ten(first: int) -> None:
        for number in range(first, first + 10):
            make_volume()
            RefusedViews.objects.create(day=NOW.date() - timedelta(number), reason="staff", views=1)

    add_ten(0)
    before = queries()
    add_ten(10)
    assert queries() == before


@pytest.mark.usefixtures("editor")
def test_the_page_shows_the_last_30_days_and_leads_to_the_article(client, time_machine):
    time_machine.move_to(NOW, tick=False)
    volume = make_volume(title="Mill 3", carried_over=1_000, views=1_234)
    for days_ago, views in ((1, 7), (29, 5), (30, 99)):
        day = NOW.date() - timedelta(days_ago)
        DailyViews.objects.create(article_id=volume.pk, day=day, views=views)
    response = client.get(page_of(volume))
    assert f'href="/admin/news/article/{volume.pk}/change/"' in response.content.decode()
    text = words(response)
    assert "March 4, 2026: 1,234 March 3, 2026: 7 Feb. 3, 2026: 5" in text
    assert ": 99" not in text


# --- What was carried over ---


@pytest.mark.usefixtures("administrator")
def test_an_administrator_sets_right_what_was_carried_over(client):
    volume, other = make_volume(title="Mill 3"), make_volume()
    edition = Edition.objects.get().number
    response = submit(
        client, page_of(volume), FORM, carried_over="1200", reason="  The old site said 1,200. "
    )
    assert errors(response) == []
    assert numbers(volume.article) == (1200, 1202)
    assert numbers(other.article) == (88, 90)
    assert messages(response) == ["The browsing volume “Mill 3” was changed successfully."]
    assert Edition.objects.get().number == edition


def test_the_history_keeps_who_when_from_to_and_why(client, administrator):
    volume = make_volume()
    typed = {"carried_over": "1200", "reason": "Read off the old site on 2023-11-08."}
    submit(client, page_of(volume), FORM, **typed)
    client.force_login(make_user(group="Editor"))
    text = words(client.get(f"{LIST}{volume.pk}/history/"))
    why = "Carried over: 88, now 1,200. Reason: Read off the old site on 2023-11-08."
    assert why in text
    assert "administrator" in text
    assert LogEntry.objects.get().user == administrator


@pytest.mark.usefixtures("administrator")
def test_the_history_is_written_in_the_language_of_who_writes_it(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    volume = make_volume()
    submit(client, page_of(volume), FORM, carried_over="1200", reason="旧站截图为证")
    entry = LogEntry.objects.get()
    assert entry.change_message == "旧站累计：由 88 改为 1200。原因：旧站截图为证"


@pytest.mark.usefixtures("administrator")
def test_what_a_reason_says_is_shown_as_text(client):
    volume = make_volume()
    submit(client, page_of(volume), FORM, carried_over="1", reason='[{"added": {}}] <b>why</b>')
    html = client.get(f"{LIST}{volume.pk}/history/").content.decode()
    assert "[{&quot;added&quot;: {}}] &lt;b&gt;why&lt;/b&gt;" in html


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "   "}, "This field is required."),
        ({"carried_over": ""}, "This field is required."),
        ({"carried_over": "many"}, "Enter a whole number."),
        ({"carried_over": "1.5"}, "Enter a whole number."),
        ({"carried_over": "-1"}, "Ensure this value is greater than or equal to 0."),
        (
            {"carried_over": "1000000001"},
            "Ensure this value is less than or equal to 1000000000.",
        ),
        ({"reason": "x" * 301}, "Ensure this value has at most 300 characters (it has 301)."),
    ],
)
def test_a_number_or_reason_that_makes_no_sense_is_refused(client, typed, sentence):
    volume = make_volume()
    right = {"carried_over": "100", "reason": "It was 100."}
    assert errors(submit(client, page_of(volume), FORM, **right | typed)) == [sentence]
    assert numbers(volume.article) == (88, 90)
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("administrator")
def test_readers_who_come_while_the_form_is_open_stay_counted(client):
    volume = make_volume()
    form = Form(client.get(page_of(volume)), FORM)
    for total in (91, 92, 93):
        assert count_view(volume.pk) == total
    client.post(page_of(volume), form.data | {"carried_over": "100", "reason": "It was 100."})
    assert numbers(volume.article) == (100, 105)
    assert count_view(volume.pk) == 106


@pytest.mark.usefixtures("administrator")
def test_the_history_tells_what_was_replaced_not_what_the_form_had_shown(client):
    volume = make_volume()
    form = Form(client.get(page_of(volume)), FORM)
    BrowsingVolume.objects.carry_over(volume.pk, 95)
    client.post(page_of(volume), form.data | {"carried_over": "100", "reason": "It was 100."})
    assert "Carried over: 95, now 100." in LogEntry.objects.get().change_message
    assert numbers(volume.article) == (100, 102)


# --- An article that has no number yet ---


@pytest.mark.usefixtures("administrator")
def test_an_article_that_was_never_read_can_get_a_number(client):
    article = make_article()
    typed = {"article": article.pk, "carried_over": "88", "reason": "Moved by hand."}
    assert errors(submit(client, ADD, FORM, **typed)) == []
    assert numbers(article) == (88, 88)
    entry = LogEntry.objects.get()
    assert entry.action_flag == ADDITION
    assert entry.change_message == "Carried over: 0, now 88. Reason: Moved by hand."


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("administrator")
def test_its_first_reader_may_come_while_the_form_is_open(client):
    article = make_article()
    form = Form(client.get(ADD), FORM)
    count_view(article.pk)
    typed = {"article": article.pk, "carried_over": "88", "reason": "Moved by hand."}
    assert errors(client.post(ADD, form.data | typed, follow=True)) == []
    assert numbers(article) == (88, 89)


@pytest.mark.usefixtures("administrator")
def test_a_number_that_the_form_did_not_show_is_not_replaced(client):
    volume = make_volume()
    typed = {"article": volume.pk, "carried_over": "5", "reason": "Moved by hand."}
    assert errors(submit(client, ADD, FORM, **typed)) == [
        "It has a number carried over. Change that one instead."
    ]
    assert numbers(volume.article) == (88, 90)


@pytest.mark.usefixtures("administrator")
def test_a_number_without_an_article_is_refused(client):
    assert errors(submit(client, ADD, FORM, carried_over="5", reason="None.")) == [
        "This field is required."
    ]
    assert not BrowsingVolume.objects.exists()


# --- Who may ---


@pytest.mark.usefixtures("editor")
def test_editors_look_and_change_nothing(client):
    volume = make_volume()
    page = client.get(page_of(volume))
    assert Form(page, FORM).data.keys() <= {"csrfmiddlewaretoken"}
    assert "Reason:" not in words(page)
    typed = {"carried_over": "1", "reason": "Because."}
    assert client.post(page_of(volume), typed).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, typed | {"article": make_article().pk}).status_code == 403
    assert numbers(volume.article) == (88, 90)


@pytest.mark.usefixtures("author")
@pytest.mark.parametrize("path", [LIST, ADD, REFUSED])
def test_authors_do_not_see_them(client, path):
    assert client.get(path).status_code == 403


@pytest.mark.usefixtures("administrator")
def test_nobody_deletes_a_count(client):
    volume = make_volume()
    refused = RefusedViews.objects.create(day=NOW.date(), reason="staff", views=1)
    for path in (f"{LIST}{volume.pk}/delete/", f"{REFUSED}{refused.pk}/delete/"):
        assert client.post(path, {"post": "yes"}).status_code == 403
    assert "Delete" not in words(client.get(LIST)) + words(client.get(REFUSED))
    assert BrowsingVolume.objects.exists()
    assert RefusedViews.objects.exists()


# --- What was not counted ---


@pytest.mark.parametrize("user", ["editor", "administrator"])
def test_staff_see_by_day_and_reason_what_was_not_counted_and_why(client, request, user):
    request.getfixturevalue(user)
    for day, reason, views in ((3, "crawler", 1_200), (4, "crawler", 34), (4, "staff", 5)):
        RefusedViews.objects.create(day=date(2026, 3, day), reason=reason, views=views)
    RefusedViews.objects.create(day=date(2026, 2, 1), reason="database-away", views=7)
    text = words(client.get(REFUSED))
    assert "Requests for articles that were not counted" in text
    totals = (
        "Crawlers and other programs 1,234 Sent while the database was away 7 "
        "Staff who were signed in 5"
    )
    assert totals in text
    assert "March 4, 2026 Staff who were signed in 5" in text
    text = words(client.get(f"{REFUSED}?day__year=2026&day__month=3&reason__exact=crawler"))
    assert "Crawlers and other programs 1,234" in text
    assert "database was away 7" not in text


@pytest.mark.usefixtures("administrator")
def test_refusals_are_only_looked_at(client):
    refused = RefusedViews.objects.create(day=NOW.date(), reason="staff", views=1)
    assert client.get(f"{REFUSED}add/").status_code == 403
    typed = {"day": "2026-03-04", "reason": "staff", "views": "9"}
    assert client.post(f"{REFUSED}{refused.pk}/change/", typed).status_code == 403
    assert RefusedViews.objects.get().views == 1


@pytest.mark.usefixtures("editor")
def test_without_refusals_the_list_is_empty(client):
    text = words(client.get(REFUSED))
    assert "Totals" not in text
    assert "0 views not counted" in text
