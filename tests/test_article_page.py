"""What stands on an article's page around its text: who answers for it, sharing, the most read."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from news.models import Article, DailyViews, Edition, MostRead
from tests.helpers import NOW, hidden_articles, make_article, make_image, make_user
from tests.test_pages_queries import made

pytestmark = pytest.mark.django_db


def facts(page: str) -> dict[str, str]:
    """Label -> value of the facts beside an article."""
    rows = re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", page, re.S)
    return {label: " ".join(re.sub("<.*?>", " ", value).split()) for label, value in rows}


def test_indentation_is_not_sent_and_texts_keep_their_own(site):
    article = make_article(body="<p>One<br>\n\u3000\u3000Two</p>")
    page = site.get(article.get_absolute_url()).text
    assert "\n\u3000\u3000Two" in page
    assert not re.search(r"\n[ \n]", page)


# --- who answers for it


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("Mei", "Lin", "Mei Lin"),
        ("梅", "林", "林梅"),
        ("", "Lin", "Lin"),
        ("Mei <i>", "Lin", "Mei &lt;i&gt; Lin"),
    ],
)
def test_readers_see_the_name_of_the_editor_in_charge(site, first, last, shown):
    editor = make_user("login-of-mei", first_name=first, last_name=last)
    page = site.get(make_article(editor=editor).get_absolute_url()).text
    assert facts(page)["Editor in charge:"] == shown
    assert "login-of-mei" not in page


def test_an_account_without_a_name_is_not_shown(site):
    editor = make_user("login-of-mei", email="mei@example.com")
    page = site.get(make_article(editor=editor).get_absolute_url()).text
    assert "Editor in charge:" not in page
    assert "login-of-mei" not in page
    assert "mei@" not in page
    assert "Editor in charge:" not in site.get(make_article().get_absolute_url()).text


def test_another_name_is_shown_at_once(site):
    editor = make_user(first_name="Mei", last_name="Lin")
    address = make_article(editor=editor).get_absolute_url()
    assert facts(site.get(address).text)["Editor in charge:"] == "Mei Lin"
    editor.last_name = "Wang"
    editor.save()
    assert facts(site.get(address).text)["Editor in charge:"] == "Mei Wang"
    editor.delete()
    assert "Editor in charge:" not in facts(site.get(address).text)


def test_previews_name_the_editor_in_charge_too(site):
    site.sign_in(make_user(group="Editor"))
    draft = make_article(status="draft", editor=make_user(first_name="Mei", last_name="Lin"))
    assert facts(site.get(draft.get_preview_url()).text)["Editor in charge:"] == "Mei Lin"


# --- the other facts


def test_a_source_is_a_link_if_it_has_an_address(site):
    with_link = make_article(source="Engineering News", source_url="https://example.com/a?b=1&c=2")
    page = site.get(with_link.get_absolute_url()).text
    link = '<a class="facts-link" href="https://example.com/a?b=1&amp;c=2" rel="noopener">'
    assert f"{link}Engineering News</a>" in page
    page = site.get(make_article(source="Engineering News").get_absolute_url()).text
    assert facts(page)["Source:"] == "Engineering News"
    assert "facts-link" not in page
    assert "Source:" not in facts(site.get(make_article().get_absolute_url()).text)


@pytest.mark.parametrize(("words", "shown"), [(20, "1 minute"), (500, "3 minutes")])
def test_readers_are_told_how_long_a_text_takes(site, words, shown):
    article = make_article(body=f"<p>{'word ' * words}</p>")
    assert facts(site.get(article.get_absolute_url()).text)["Reading time:"] == shown


def test_nothing_to_read_takes_no_time(site):
    article = make_article(body=f'<p><img src="{make_image().url}" alt="A mill"></p>')
    assert "Reading time:" not in facts(site.get(article.get_absolute_url()).text)


# --- sharing


def shared(page: str) -> str:
    return page.partition('<section class="share"')[2].partition("</section>")[0]


def links(html: str) -> dict[str, str]:
    found = re.findall(r"<a\s[^>]*?href=\"([^\"]*)\"[^>]*>([^<]*)</a>", html, re.S)
    return {text: unescape(address) for address, text in found}


TITLE = "Steam & “paper”: 100 % {title} + more?"


def test_an_article_is_shared_under_its_own_address(site):
    article = make_article(title=TITLE)
    address = f"http://testserver{article.get_absolute_url()}"
    page = site.get(f"{article.get_absolute_url()}?from=singlemessage&utm_source=x").text
    found = links(shared(page))
    assert found.keys() == {"E-mail", "Weibo"}
    mail = urlsplit(found["E-mail"])
    assert mail.scheme == "mailto"
    assert "+" not in mail.query  # E-mail programs take it for a plus.
    assert parse_qs(mail.query) == {"subject": [TITLE], "body": [address]}
    weibo = urlsplit(found["Weibo"])
    assert (weibo.scheme, weibo.netloc) == ("https", "service.weibo.com")
    assert parse_qs(weibo.query) == {"url": [address], "title": [TITLE]}
    assert f'<p class="article-address">{address}</p>' in page


def test_what_needs_a_script_is_hidden_without_one(site):
    ways = shared(site.get(make_article().get_absolute_url()).text)
    assert len(re.findall(r"<li hidden>\s*<button", ways)) == ways.count("<button") == 2


def test_the_link_to_another_host_tells_it_nothing(site):
    ways = shared(site.get(make_article().get_absolute_url()).text)
    (link,) = re.findall(r'<a [^>]*href="https:[^>]*>', ways)
    assert 'rel="noopener noreferrer nofollow"' in link
    assert 'target="_blank"' in link


def test_the_code_for_wechat_is_loaded_when_it_is_asked_for(site):
    article = make_article()
    ways = shared(site.get(article.get_absolute_url()).text)
    code = re.search(r"<details>.*<img\s([^>]*)>.*</details>", ways, re.S)[1]
    for attribute in ('src="qr.svg"', 'loading="lazy"', 'width="200"', 'height="200"', 'alt="QR'):
        assert attribute in code
    assert article.get_qr_url() == f"{article.get_absolute_url()}qr.svg"


def test_each_article_shares_itself_whatever_is_kept_of_another():
    one, other = make_article(), make_article()
    for article in (one, other, one):
        page, _queries = made(article.get_absolute_url())
        assert links(shared(page))["E-mail"].count(str(article.title.replace(" ", "%20"))) == 1


def test_previews_are_not_shared(site):
    site.sign_in(make_user(group="Editor"))
    page = site.get(make_article(status="draft").get_preview_url()).text
    assert 'class="share"' not in page
    assert "article-address" not in page


# --- the most read


@pytest.fixture
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def read(article: Article, views: int, days_ago: int = 0) -> None:
    day = NOW.date() - timedelta(days_ago)
    DailyViews.objects.create(article=article, day=day, views=views)


def ranked() -> None:
    MostRead.objects.refresh(NOW)
    edition = Edition.objects.get()
    edition.number += 1
    edition.save()


def most_read(page: str) -> list[str]:
    section = page.partition("ranking-list")[2].partition("</ol>")[0]
    return re.findall(r'<a class="ranking-link"[^>]*>(.*?)</a>', section, re.S)


def test_the_five_most_read_of_the_week_stand_on_every_article(now):
    articles = [make_article() for _ in range(7)]
    for views, article in enumerate(articles, start=1):
        read(article, views)
    read(make_article(language="zh-hans"), 99)
    read(make_article(title="Of last month"), 99, days_ago=8)
    ranked()
    titles = [article.title for article in reversed(articles)]
    seen = {article.title: most_read(made(article.get_absolute_url())[0]) for article in articles}
    assert seen[titles[6]] == seen[titles[5]] == titles[:5]
    for place in range(5):
        assert seen[titles[place]] == [*titles[:place], *titles[place + 1 : 6]]


def test_nothing_hidden_is_among_the_most_read(now):
    shown = make_article()
    for article in hidden_articles(NOW).values():
        read(article, 9)
    ranked()
    page, _queries = made(shown.get_absolute_url())
    assert "Most read" not in page


def test_an_article_that_alone_was_read_offers_nothing(now):
    article = make_article()
    read(article, 9)
    ranked()
    assert "Most read" not in made(article.get_absolute_url())[0]
    assert most_read(made(make_article().get_absolute_url())[0]) == [article.title]


def test_the_most_read_are_asked_for_once_in_an_edition(now):
    articles = [make_article(editor=make_user(first_name="Mei")) for _ in range(9)]
    for article in articles:
        read(article, article.pk)
    ranked()
    for article in articles:
        made(article.get_absolute_url())
    for article in articles:
        assert made(article.get_absolute_url())[1] == 2
