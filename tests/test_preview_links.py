"""Links to previews, for people without an account: what they show, and when they end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing

from news import edition, workflow
from news.models import Article, PreviewLink, RelatedPick, Status
from news.preview import address_of
from news.transitions import TRANSITIONS
from tests.conftest import Site
from tests.forms import errors, messages, submit, words
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_image,
    make_tag,
    make_user,
)
from tests.test_preview import (
    DAY,
    another_content,
    bar,
    change,
    frame,
    make_link,
    neighbours,
    publish,
    shown,
    title,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.time_machine(NOW, tick=False),
]


@pytest.fixture
def visitor() -> Site:
    return Site()


# --- what it shows


def test_a_link_shows_a_stranger_what_staff_see(site, visitor):
    editor = make_user(group="Editor")
    site.sign_in(editor)
    article = make_article()
    change(article, editor, **another_content())
    address = address_of(make_link(article))
    page = visitor.get(address)
    assert shown(page) == shown(site.get(article.get_preview_url()))
    assert bar(page) == (
        "Preview · change not published yet (Draft) "
        "This link works until 2026-03-11 12:00, Asia/Shanghai. "
        "It was made for you; please do not pass it on."
    )
    assert "/admin/" not in page.text
    # It shows what has become of the work that it was made for.
    change(article, editor, title="Newer still")
    assert title(visitor.get(address)) == "Newer still"


@pytest.mark.parametrize("state", ["draft", "in_review", "scheduled"])
def test_a_link_works_until_the_article_is_public_but_not_in_the_bin(visitor, state):
    article = hidden_articles()[state]
    link = make_link(article)
    assert title(visitor.get(address_of(link))) == f"Unspeakable {state}"
    Article.objects.filter(pk=article.pk).update(binned_at=NOW)
    page = visitor.get(address_of(link))
    assert page.status == 410
    assert "Unspeakable" not in page.text


def test_a_link_needs_no_session_sets_no_cookie_and_is_told_to_nobody(visitor):
    article = make_article(status=Status.DRAFT, cover=make_image(alt="A mill"), cover_alt="A mill")
    link = make_link(article)
    token = address_of(link).split("/")[-2]
    for revoked_at in (None, NOW):
        PreviewLink.objects.update(revoked_at=revoked_at)
        page = visitor.get(address_of(link))
        assert "no-store" in page.headers["Cache-Control"]
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "ETag" not in page.headers
        assert "Set-Cookie" not in page.headers
        assert "Cookie" not in page.headers.get("Vary", "")
        assert token not in page.text
    assert not visitor.cookies


def test_a_link_ends_at_its_time_by_itself(visitor, time_machine):
    link = make_link(
        make_article(status=Status.DRAFT, title="Unspeakable"),
        created_by=make_user("desk", first_name="Mei", last_name="Lin"),
    )
    time_machine.move_to(link.expires_at - timedelta(seconds=1), tick=False)
    assert visitor.get(address_of(link)).status == 200
    time_machine.move_to(link.expires_at, tick=False)
    page = visitor.get(address_of(link))
    assert page.status == 410
    assert "Unspeakable" not in page.text
    assert "This link is no longer valid" in page.text
    assert "Ask Mei Lin for a new one." in page.text


def test_whom_to_ask_when_its_maker_has_left(visitor):
    link = make_link(
        make_article(), created_by=make_user(is_active=False, first_name="Mei"), revoked_at=NOW
    )
    page = visitor.get(address_of(link))
    assert page.status == 410
    assert "Ask the newsroom for a new one." in page.text
    assert "Mei" not in page.text


def test_a_link_is_in_its_articles_language(visitor):
    link = make_link(make_article(language="zh-hans", status=Status.DRAFT))
    address = address_of(link)
    assert address.startswith("/zh-hans/news/preview/link/")
    assert '<html lang="zh-Hans">' in visitor.get(address).text
    page = visitor.get(address.replace("/zh-hans/", "/en/"))
    assert (page.status, page.headers["Location"]) == (302, address)
    PreviewLink.objects.update(revoked_at=NOW)
    page = visitor.get(address)
    assert page.status == 410
    assert '<html lang="zh-Hans">' in page.text


def test_a_link_that_was_tampered_with_is_not_found(visitor):
    draft = {"title": "Unspeakable", "status": Status.DRAFT}
    first, second = (make_link(make_article(**draft)) for _ in range(2))
    start, _link, end = address_of(first).rpartition("link/")
    token = end.rstrip("/")
    number, signature = token.split(".")
    for made_up in (
        f"{second.pk}.{signature}",
        f"{number}.{signature[:-1]}",
        f"{number}.{signature}x",
        number,
        f"{number}.",
        "x",
        signing.Signer(sep=".").sign(first.pk),  # For another purpose.
        "%00",
    ):
        page = visitor.get(f"{start}link/{made_up}/")
        assert page.status == 404, made_up
        assert "Unspeakable" not in page.text
    first.delete()
    assert visitor.get(f"{start}link/{token}/").status == 404


TO_COME = {
    "published_at": NOW + DAY,
    "title": "Unspeakable",
    "summary": "Unspeakable",
}


@pytest.mark.parametrize("kind", ["article", "change"])
def test_a_link_shows_no_other_article_before_it_is_public(site, visitor, kind):
    editor, tag = make_user(group="Editor"), make_tag()
    site.sign_in(editor)
    make_article(tags=(tag,), title="Public already")
    embargoed = make_article(**TO_COME, tags=(tag,))
    make_article(**TO_COME, language="zh-hans", translation_key=embargoed.translation_key)
    if kind == "article":
        article = make_article(published_at=NOW + 2 * DAY, tags=(tag,))
        RelatedPick.objects.create(article=article, related=embargoed)
    else:
        article = make_article(tags=(tag,))
        change(article, editor, title="Another title", related=[embargoed.pk])
        publish(article, editor, NOW + 2 * DAY)
    assert "Unspeakable" in site.get(article.get_preview_url()).text
    page = visitor.get(address_of(make_link(article)))
    assert "as it will be on 2026-03-06 12:00, Asia/Shanghai" in bar(page)
    assert "Public already" in shown(page)
    assert "Unspeakable" not in page.text
    assert "Unspeakable" not in neighbours(page)


# --- when it ends


def do(name: str, article: Article, by) -> None:
    workflow.perform(TRANSITIONS[name], article.pk, by, comment="Because.")


def leads_to(visitor: Site, link: PreviewLink) -> str:
    """The title it shows, the address it sends to, or that it is over."""
    page = visitor.get(address_of(link))
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    if page.status == 302:
        return page.headers["Location"]
    return title(page) if page.status == 200 else str(page.status)


@pytest.fixture
def by():
    return make_user(group="Editor")


def test_when_the_article_is_published_its_link_leads_to_the_public_page(visitor, by, time_machine):
    article = make_article(status=Status.DRAFT, title="First")
    link = make_link(article)
    assert leads_to(visitor, link) == "First"
    time_machine.shift(60)
    publish(article, by)
    public = Article.objects.get().get_absolute_url()
    assert leads_to(visitor, link) == public
    change(article, by, title="Unspeakable")
    assert leads_to(visitor, link) == public
    time_machine.shift(60)
    assert leads_to(visitor, make_link(article)) == "Unspeakable"


def test_so_it_does_when_the_article_appears_by_its_date(visitor, by, time_machine):
    article = make_article(status=Status.DRAFT, title="First")
    before = make_link(article)
    time_machine.shift(60)
    publish(article, by, NOW + DAY)
    after = make_link(article)
    for link in (before, after):
        assert leads_to(visitor, link) == "First"
    time_machine.move_to(NOW + DAY)
    change(article, by, title="Unspeakable")
    for link in (before, after):
        assert leads_to(visitor, link) == article.get_absolute_url()


@pytest.mark.parametrize("end", ["publish", "discard"])
def test_a_link_to_a_change_ends_with_it(visitor, by, time_machine, end):
    article = make_article(title="Live")
    change(article, by, title="Second")
    link = make_link(article)
    for step in ("submit", "send_back"):
        time_machine.shift(60)
        do(step, article, by)
        assert leads_to(visitor, link) == "Second"
    time_machine.shift(60)
    do(end, article, by)
    assert leads_to(visitor, link) == article.get_absolute_url()
    change(article, by, title="Unspeakable")
    assert leads_to(visitor, link) == article.get_absolute_url()


def test_a_link_to_a_scheduled_change_ends_when_it_takes_effect(visitor, by, time_machine):
    article = make_article(title="Live")
    change(article, by, title="Second")
    link = make_link(article)
    time_machine.shift(60)
    publish(article, by, NOW + DAY)
    assert leads_to(visitor, link) == "Second"
    time_machine.move_to(NOW + DAY)
    edition.current()
    change(article, by, title="Unspeakable")
    assert leads_to(visitor, link) == article.get_absolute_url()


def test_a_link_to_what_readers_see_already_leads_there(visitor):
    article = make_article()
    assert leads_to(visitor, make_link(article)) == article.get_absolute_url()


def test_a_withdrawn_articles_text_is_shown_by_no_link(visitor, by, time_machine):
    article = make_article(status=Status.DRAFT, title="Unspeakable")
    link = make_link(article)
    time_machine.shift(60)
    publish(article, by)
    do("withdraw", article, by)
    assert leads_to(visitor, link) == "410"
    assert leads_to(visitor, make_link(article)) == "410"


def test_nor_is_that_of_one_whose_time_is_over(visitor):
    article = hidden_articles()["expired"]
    assert leads_to(visitor, make_link(article)) == "410"


def test_a_link_ends_with_its_makers_account(visitor):
    article = make_article(status=Status.DRAFT, title="First")
    maker = make_user(group="Author", first_name="Mei")
    link = make_link(article, created_by=maker)
    orphan = make_link(article, created_by=None)
    assert leads_to(visitor, link) == "First"
    maker.is_active = False
    maker.save()
    assert leads_to(visitor, link) == "410"
    assert leads_to(visitor, orphan) == "410"


# --- making it and taking it back


def made_address(response) -> str:
    return re.search(r'id="link-to-copy".*?value="(.*?)"', response.content.decode(), re.S)[1]


@pytest.mark.parametrize("days", [1, 3, 7, 14, 30])
def test_a_link_is_made_and_shown_once(client, editor, visitor, days):
    article = make_article(status=Status.DRAFT, title="Unspeakable")
    path = f"{frame(article)}?width=phone"
    response = submit(client, path, "preview_link_form", recipient="Ms Okafor", days=str(days))
    assert response.redirect_chain == [(path, 302)]
    link = PreviewLink.objects.get()
    assert (link.article, link.recipient, link.created_by) == (article, "Ms Okafor", editor)
    assert link.expires_at == NOW + days * DAY
    address = made_address(response)
    assert address.startswith("http://testserver/en/news/preview/link/")
    assert title(visitor.get(address.removeprefix("http://testserver"))) == "Unspeakable"
    again = client.get(path).content.decode()
    assert "link-to-copy" not in again
    assert address not in again
    assert "Ms Okafor editor" in words(client.get(path))


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize("typed", [{"recipient": ""}, {"recipient": "x" * 121}, {"days": "2"}])
def test_what_is_no_link_is_refused_in_words(client, typed):
    article = make_article(status=Status.DRAFT)
    data = {"recipient": "Ms Okafor", "days": "7"} | typed
    response = client.post(frame(article), data)
    assert response.status_code == 200
    assert errors(response)
    assert not PreviewLink.objects.exists()


@pytest.mark.usefixtures("editor")
def test_a_link_is_taken_back(client, visitor):
    article = make_article(status=Status.DRAFT)
    link, other = make_link(article), make_link(article, recipient="Mr Sato")
    response = client.post(frame(article), {"take_back": link.pk}, follow=True)
    assert messages(response) == [
        "The link for Ms Okafor was taken back. It leads nowhere from now on."
    ]
    assert visitor.get(address_of(link)).status == 410
    assert visitor.get(address_of(other)).status == 200
    link.refresh_from_db()
    assert link.revoked_at == NOW
    page = words(client.get(frame(article)))
    assert "Mr Sato" in page
    assert "Ms Okafor" not in page


@pytest.mark.usefixtures("editor")
def test_only_an_open_link_of_this_article_is_taken_back(client):
    article = make_article(status=Status.DRAFT)
    elsewhere = make_link(make_article(status=Status.DRAFT))
    over = make_link(article, created_at=NOW - 9 * DAY, expires_at=NOW - DAY)
    for number in (elsewhere.pk, over.pk, "abc", "", "9" * 30):
        response = client.post(frame(article), {"take_back": number}, follow=True)
        assert messages(response) == ["This link had ended already."]
    assert not PreviewLink.objects.exclude(revoked_at=None).exists()
    assert "Ms Okafor" not in words(client.get(frame(article)))


def test_whoever_may_not_change_the_article_makes_and_ends_no_links(client):
    author = make_user(group="Author")
    article = make_article(status=Status.DRAFT, created_by=author)
    link = make_link(article)
    client.force_login(make_user(group="Author"))
    page = client.get(frame(article)).content.decode()
    assert "Ms Okafor" in page
    assert "preview_link_form" not in page
    assert "take_back" not in page
    for data in ({"recipient": "Me", "days": "7"}, {"take_back": link.pk}):
        assert client.post(frame(article), data).status_code == 403
    assert list(PreviewLink.objects.open()) == [link]
    client.force_login(author)
    assert client.post(frame(article), {"take_back": link.pk}).status_code == 302
    assert not PreviewLink.objects.open().exists()


def test_whoever_made_a_link_takes_it_back_though_the_article_was_submitted(client):
    author = make_user(group="Author")
    article = make_article(status=Status.IN_REVIEW, created_by=author)
    own, other = make_link(article, created_by=author), make_link(article, recipient="Mr Sato")
    client.force_login(author)
    page = client.get(frame(article)).content.decode()
    assert re.findall(r'name="take_back"\s+value="(\d+)"', page) == [str(own.pk)]
    assert "preview_link_form" not in page
    assert client.post(frame(article), {"take_back": other.pk}).status_code == 403
    response = client.post(frame(article), {"take_back": own.pk}, follow=True)
    assert messages(response) == [
        "The link for Ms Okafor was taken back. It leads nowhere from now on."
    ]
    assert list(PreviewLink.objects.open()) == [other]


@pytest.mark.usefixtures("editor")
def test_of_what_readers_see_already_no_link_is_made(client):
    article = make_article()
    assert "preview_link_form" not in client.get(frame(article)).content.decode()
    response = client.post(frame(article), {"recipient": "Me", "days": "7"}, follow=True)
    assert messages(response) == [
        "Readers see all of this article already. Send the address of its public page."
    ]
    assert not PreviewLink.objects.exists()


@pytest.mark.usefixtures("editor")
def test_links_whose_work_is_done_are_not_listed(client):
    article = make_article(status=Status.DRAFT)
    make_link(article)
    make_link(article, recipient="Mr Sato", created_by=make_user(is_active=False))
    page = words(client.get(frame(article)))
    assert "Ms Okafor" in page
    assert "Mr Sato" not in page
    Article.objects.update(status=Status.PUBLISHED, published_at=NOW - DAY)
    assert "Ms Okafor" not in words(client.get(frame(article)))
