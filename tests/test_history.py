"""An article's history and the comparison of its versions, as staff see them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news import versions
from news.models import Article, Stage, Status, StatusChange, Version
from tests.desk import article_at, do
from tests.forms import Form, words
from tests.helpers import NOW, make_article, make_tag, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.time_machine(NOW)]

LINE = re.compile(r"<tr[^>]*>(.*?)</tr>", re.S)


def make_version(article: Article, ago: int = 0, **fields: Any) -> Version:
    """Saved so many hours ago; what is not a field of versions is content."""
    own = {"stage", "moment", "was_live", "author", "comment"}
    content = versions.live_content(article) | {k: v for k, v in fields.items() if k not in own}
    return Version.objects.create(
        article=article,
        content=content,
        digest=versions.digest(content),
        created_at=NOW - timedelta(hours=ago),
        **{name: value for name, value in fields.items() if name in own},
    )


def make_change(article: Article, transition: str, ago: int = 0, **fields: Any) -> StatusChange:
    return StatusChange.objects.create(
        article=article, transition=transition, at=NOW - timedelta(hours=ago), **fields
    )


def history(article: Article, query: str = "") -> str:
    return f"/admin/news/article/{article.pk}/history/{query}"


def comparison(article: Article, before: Any, after: Any) -> str:
    before, after = (getattr(each, "pk", each) for each in (before, after))
    return f"/admin/news/article/{article.pk}/versions/compare/?from={before}&to={after}"


def lines(response: Any) -> list[str]:
    """The words of each row of the table, without its head."""
    assert response.status_code == 200
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in LINE.findall(body)]


# --- The history ---


def test_versions_and_decisions_stand_in_one_list_newest_first(client, editor):
    li = make_user("li", first_name="Na", last_name="Li")
    article = make_article(status=Status.IN_REVIEW, title="Mill 3")
    make_version(article, 5, author=li, comment="First words", title="Mill")
    make_change(article, "submit", 4, before="draft", after="in_review", by=li)
    make_change(
        article, "send_back", 3, before="in_review", after="draft", by=editor, comment="Which mill?"
    )
    make_version(article, 2, author=li, comment="Named it")
    make_change(article, "submit", 1, before="draft", after="in_review", by=li)
    assert lines(client.get(history(article))) == [
        "2026-03-04 11:00 Na Li Submit for review : Draft → In review",
        "2026-03-04 10:00 Na Li Saved In review Named it Restore",
        "2026-03-04 09:00 editor Send back : In review → Draft Which mill?",
        "2026-03-04 08:00 Na Li Submit for review : Draft → In review",
        "2026-03-04 07:00 Na Li Saved First words Restore",
    ]


def test_each_version_says_what_it_is_now(client, editor):
    article = make_article(title="Live")
    make_version(article, 9, title="Once live", was_live=True)
    make_version(article, 8, was_live=True)
    make_version(article, 7, title="Left")
    moment = datetime(2026, 3, 9, 8, 30, tzinfo=NOW.tzinfo)
    make_version(article, 6, title="Soon", stage=Stage.SCHEDULED, moment=moment)
    change = make_version(article, 5, title="Next", stage=Stage.DRAFT)
    assert [line.split(" ", 4)[4] for line in lines(client.get(history(article)))] == [
        "Worked on Restore",
        "Scheduled for 2026-03-09 08:30 Restore",
        "Restore",
        "Live now Restore",
        "Was published Restore",
    ]
    Version.objects.filter(pk=change.pk).update(stage=Stage.IN_REVIEW)
    assert "Saved In review Restore" in lines(client.get(history(article)))[0]


def test_the_row_of_an_article_that_is_not_public_says_its_state(client, editor):
    article = make_article(status=Status.WITHDRAWN)
    make_version(article, was_live=True)
    assert lines(client.get(history(article))) == ["2026-03-04 12:00 – Saved Withdrawn Restore"]


def test_what_happens_by_itself_says_so(client, editor):
    article = make_article()
    make_version(article, 2)
    make_change(
        article, "take_effect", before="scheduled", after="public", of_change=True, moment=NOW
    )
    assert lines(client.get(history(article)))[0] == (
        "2026-03-04 12:00 By itself Took effect : Scheduled → Public "
        "(change of a published article) for 2026-03-04 12:00"
    )


def test_an_article_is_withdrawn_and_comes_back_though_a_change_of_it_is_scheduled(client, editor):
    article = article_at("change_scheduled", editor, title="As readers know it")
    for name in ("withdraw", "republish", "bin", "restore"):
        do(name, article, editor)
    page = client.get(history(article))
    assert [line.partition(" editor ")[2] for line in lines(page)[:4]] == [
        "Take out of the bin : In the bin → Public",
        "Put in the bin : Public → In the bin",
        "Publish again : Withdrawn → Public",
        "Withdraw : Public → Withdrawn",
    ]


def test_a_scheduled_change_that_was_held_back_says_why(client, editor):
    article = make_article()
    make_version(article, 3)
    for ago, name, comment in ((2, "overtaken", ""), (1, "held_back", "Ensure it is shorter.")):
        make_change(article, name, ago, before="scheduled", after="draft", comment=comment)
    assert lines(client.get(history(article)))[:2] == [
        "2026-03-04 11:00 By itself Did not take effect : Scheduled → Draft Ensure it is shorter.",
        "2026-03-04 10:00 By itself Did not take effect, because the published text had changed : "
        "Scheduled → Draft",
    ]


def test_chinese_names_begin_with_the_family(client, editor):
    wang = make_user("wang", first_name="小明", last_name="王")
    article = make_article(modified_by=wang)
    old, new = make_version(article, 2, author=wang), make_version(article, 1, editor=wang.pk)
    make_change(article, "submit", before="draft", after="in_review", by=wang)
    Article.objects.filter(pk=article.pk).update(title="Imported again")
    page = client.get(history(article))
    assert [line.split()[2] for line in lines(page)] == ["王小明", "王小明", "–", "王小明"]
    html = client.get(comparison(article, old, new)).content.decode()
    assert "2026-03-04 10:00 · 王小明" in " ".join(html.split())
    assert "<ins>王小明</ins>" in html
    assert "· 王小明 · As readers see it now" in words(client.get(comparison(article, old, "live")))


def test_a_transition_that_is_no_longer_known_keeps_its_name(client, editor):
    article = make_article()
    make_version(article, 1)
    make_change(article, "embargo", before="draft", after="locked", by=editor)
    newest, _version = lines(client.get(history(article)))
    assert newest == "2026-03-04 12:00 editor embargo : Draft → locked"


def test_times_are_those_of_the_sites_zone(client, editor):
    article = make_article()
    make_version(article)
    Version.objects.update(created_at="2026-03-04T18:30:59Z")
    assert lines(client.get(history(article)))[0].startswith("2026-03-05 02:30 ")


def test_the_rule_of_thinning_is_said(client, editor):
    rule = "What stood within the last 30 days is kept; of what was replaced before, only what was"
    assert rule in words(client.get(history(make_article())))


def test_an_article_that_nobody_edited_says_so(client, editor):
    page = client.get(history(make_article()))
    assert "Nobody has edited this article here yet." in words(page)
    assert 'name="from"' not in page.content.decode()


# --- Choosing what to compare ---


def test_the_newest_is_compared_with_the_one_before_unless_chosen(client, editor):
    article = make_article()
    old, _middle, before, newest = (make_version(article, ago) for ago in (4, 3, 2, 1))
    form = Form(client.get(history(article)), "history-form")
    assert form.data == {"from": str(before.pk), "to": str(newest.pk)}
    assert len(form.choices["from"]) == len(form.choices["to"]) == 4
    page = client.get(comparison(article, old, form.data["to"]))
    assert page.status_code == 200


def test_live_content_that_is_no_version_can_be_chosen(client, editor):
    article = make_article(title="As imported")
    change = make_version(article, title="As changed", stage=Stage.DRAFT)
    page = client.get(history(article))
    assert "As readers see it now" in lines(page)[0]
    form = Form(page, "history-form")
    assert form.data == {"from": "live", "to": str(change.pk)}
    assert "imported changed" in words(client.get(comparison(article, "live", change)))


def test_one_version_is_compared_with_nothing(client, editor):
    article = make_article(status=Status.DRAFT)
    make_version(article)
    form = Form(client.get(history(article)), "history-form")
    assert form.data == form.choices == {}


# --- Many versions ---


def test_a_page_has_fifty_lines(client, editor):
    article = make_article()
    for ago in range(30):
        make_version(article, 2 * ago, comment=f"Save {ago}")
        make_change(article, "submit", 2 * ago + 1, before="draft", after="in_review")
    first, second = (client.get(history(article, f"?page={number}")) for number in (1, 2))
    assert len(lines(first)) == 50
    assert len(lines(second)) == 10
    assert "Save 0" in lines(first)[0]
    assert "Save 29" in lines(second)[-2]
    assert "?page=2" in first.content.decode()


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "", "1e3", "９", "9" * 30, "1%00"])
def test_odd_pages_are_not_found(client, editor, page):
    article = make_article()
    make_version(article)
    assert client.get(history(article, f"?page={page}")).status_code == 404


def test_queries_are_as_many_for_many_lines(client, editor):
    article = make_article()

    def queries(count: int) -> int:
        for ago in range(count):
            author = make_user()
            make_version(article, ago, author=author)
            make_change(article, "submit", ago, before="draft", after="in_review", by=author)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(history(article)).status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(20)


# --- The comparison ---


def test_it_says_what_differs_and_who_saved_both(client, editor):
    article = make_article(title="Mill")
    old = make_version(article, 3, author=make_user("li"), title="Old mill", comment="Begun")
    new = make_version(
        article, 2, author=editor, title="New mill", tags=[make_tag("EPC").pk], comment="Done"
    )
    page = client.get(comparison(article, old, new))
    html = page.content.decode()
    assert "<del>Old</del> <ins>New</ins> mill" in html
    assert "<li><ins>EPC</ins></li>" in html
    assert re.findall(r"<dt>(Title|Tags|Text|Summary)</dt>", html) == ["Title", "Tags"]
    shown = words(page)
    assert "2026-03-04 09:00 · li · Begun" in shown
    assert "2026-03-04 10:00 · editor · Done" in shown


def test_the_same_on_both_sides_is_said(client, editor):
    article = make_article()
    version = make_version(article)
    for other in (version, "live"):
        page = words(client.get(comparison(article, version, other)))
        assert "Nothing differs: both say the same." in page


def test_one_goes_from_step_to_step(client, editor):
    article = make_article()
    versions = [make_version(article, ago) for ago in (4, 3, 2, 1)]
    make_version(make_article())
    first, second, third, fourth = (version.pk for version in versions)
    html = client.get(comparison(article, second, third)).content.decode()
    steps = re.findall(r"\?from=(\d+)&amp;to=(\d+)", html)
    assert steps == [(str(first), str(second)), (str(third), str(fourth))]
    html = client.get(comparison(article, first, fourth)).content.decode()
    assert "versions/compare/?" not in html


def test_an_old_version_can_be_restored_by_whoever_may_edit(client, editor):
    article = make_article()
    old, new = make_version(article, 2), make_version(article, 1)
    address = f"/admin/news/article/{article.pk}/change/?restore="
    html = client.get(history(article)).content.decode()
    assert re.findall(rf'"{re.escape(address)}(\d+)"', html) == [str(new.pk), str(old.pk)]
    for sides in ((old, new), (new, old), (old, "live")):
        html = client.get(comparison(article, *sides)).content.decode()
        assert re.findall(rf'"{re.escape(address)}(\d+)"', html) == [str(old.pk)]


# --- Who may look, and what is not there ---


def test_whoever_may_not_edit_it_is_offered_no_way_back(client, author):
    article = make_article()
    old, new = make_version(article, 2), make_version(article, 1)
    for address in (history(article), comparison(article, old, new)):
        page = client.get(address)
        assert page.status_code == 200
        assert "restore=" not in page.content.decode()


def test_strangers_and_readers_see_nothing(client):
    article = make_article()
    version = make_version(article)
    addresses = history(article), comparison(article, version, version)
    for address in addresses:
        assert "/admin/login/" in client.get(address)["Location"]
    client.force_login(make_user("staff of nothing"))
    for address in addresses:
        assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?from=live",
        "?from=live&to=",
        "?from=live&to=0",
        "?from=live&to=-1",
        "?from=live&to=x",
        "?from=live&to=１",
        "?from=live&to=1%00",
        f"?from=live&to={'9' * 18}",
        f"?from=live&to={'9' * 40}",
        "?from=LIVE&to=live",
    ],
)
def test_what_is_no_version_is_not_found(client, editor, query):
    article = make_article()
    address = f"/admin/news/article/{article.pk}/versions/compare/{query}"
    assert client.get(address).status_code == 404


def test_versions_of_another_article_are_not_found(client, editor):
    article, other = make_article(), make_version(make_article())
    assert client.get(comparison(article, "live", other)).status_code == 404


def test_an_article_that_is_not_published_has_no_live_content(client, editor):
    article = make_article(status=Status.DRAFT)
    version = make_version(article)
    assert client.get(comparison(article, "live", version)).status_code == 404


@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_what_is_no_article_is_not_found(client, editor, number):
    for address in ("history/", "versions/compare/?from=live&to=live"):
        assert client.get(f"/admin/news/article/{number}/{address}").status_code == 404


def test_what_staff_wrote_is_escaped(client, editor):
    attack = "<script>alert(1)</script>"
    article = make_article(title=attack)
    old = make_version(article, 2, comment=attack, title="Safe")
    new = make_version(article, 1, body=f"<p>{attack}</p>")
    make_change(article, attack[:20], before="draft", after="public", comment=attack, by=editor)
    for address in (history(article), comparison(article, old, new)):
        assert "<script>alert" not in client.get(address).content.decode()
