"""What the site says of itself: by default, as staff set it, and where the database is away."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import ProtectedError
from django.utils import translation

from news import errors, notices
from news.masthead import masthead
from news.models import Image, Site, SiteText, SocialLink
from tests.helpers import make_article, make_image, make_page, make_site, make_user

pytestmark = pytest.mark.django_db

ICP = "沪ICP备12345678号-2"
POLICE = "沪公网安备 31010102001234号"


def foot(page: str) -> str:
    return page[page.index("<footer") :]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- nobody has said anything


@pytest.mark.parametrize(
    ("language", "name", "heading", "section"),
    [
        ("en", "China Haisum Newsroom", "News from China Haisum", "Newsroom"),
        ("zh-hans", "中国海诚新闻中心", "中国海诚新闻", "新闻中心"),
    ],
)
def test_a_site_that_nobody_described_has_its_names(client, language, name, heading, section):
    page = client.get(f"/{language}/").content.decode()
    assert f"<title>{name}</title>" in page
    assert f'<h1 class="page-title">{heading}</h1>' in page
    assert f'<span class="wordmark-name">{section}</span>' in page
    assert "wordmark-drawing" in page
    assert f"– {name}</title>" in client.get(f"/{language}/news/").content.decode()
    assert name in foot(page)
    assert not Site.objects.exists()


def test_a_foot_without_anything_to_say_has_no_empty_parts(client):
    page = foot(client.get("/en/").content.decode())
    for part in ("footer-pages", "footer-contact", "footer-social", "footer-number"):
        assert part not in page
    assert "beian" not in page


# --- what staff said


def test_each_language_has_its_own_texts(client):
    make_site("en", name="The Mill", tagline="What we mill", description="Mills.", company="Mill")
    make_site("zh-hans", name="磨坊", description="磨坊的新闻。")
    english, chinese = (client.get(f"/{each}/").content.decode() for each in ("en", "zh-hans"))
    assert "<title>The Mill</title>" in english
    assert '<h1 class="page-title">What we mill</h1>' in english
    assert 'content="Mills."' in english
    assert 'title="The Mill (RSS)"' in english
    assert "Mill. All rights reserved." in words(foot(english))
    assert "<title>磨坊</title>" in chinese
    assert '<h1 class="page-title">中国海诚新闻</h1>' in chinese  # Nothing was said of it.
    make_article()
    assert "All news: news from Mill." in client.get("/en/news/").content.decode()


@pytest.mark.parametrize(
    ("name", "company", "section"),
    [
        ("Haisum News", "Haisum", "News"),
        ("Haisum – Press", "Haisum", "Press"),
        ("The Paper", "Haisum", "The Paper"),
        ("Haisum", "Haisum", "Haisum"),
    ],
)
def test_beside_the_mark_stands_what_the_mark_does_not_say(client, name, company, section):
    make_site(name=name, company=company)
    assert f'"wordmark-name">{section}</span>' in client.get("/en/").content.decode()


def test_a_language_added_later_needs_a_row_and_no_column(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("fr", "French")]
    make_site("fr", name="Le Moulin")
    with translation.override("fr"):
        assert masthead().name == "Le Moulin"
        assert masthead().tagline == "News from China Haisum"


def test_whoever_looks_for_us_finds_us(client):
    make_site(
        footer="We mill.\nSince 1953.",
        address="1 Mill Lane\nShanghai",
        phone="+86 (21) 1234-5678",
        email="press@example.com",
    )
    page = foot(client.get("/en/").content.decode())
    assert "We mill.<br>Since 1953." in page
    assert "1 Mill Lane<br>Shanghai" in page
    assert '<a class="footer-link" href="tel:+862112345678">+86 (21) 1234-5678</a>' in page
    assert 'href="mailto:press@example.com"' in page


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("+86 (21) 1234-5678", "+862112345678"),
        ("110", "110"),
        ("by e-mail only", ""),
        ("021-1234/1235", ""),
        ("+86 (0)21 1234", ""),
        ("+86 (0)21 1234 ext. 56", ""),
        ("021 1234 5678 021 1234 5679", ""),
        ("021-1234+1", ""),
        ("- ( )", ""),
    ],
)
def test_only_one_whole_number_is_dialled(client, phone, dialled):
    make_site(phone=phone)
    page = foot(client.get("/en/").content.decode())
    assert phone in page
    assert re.findall(r'href="tel:(.*?)"', page) == ([dialled] if dialled else [])


def test_what_staff_typed_is_no_html(client):
    make_site(name="<b>A&B</b>", footer="<script>", address='"<i>', links=["<u>X</u>"])
    page = client.get("/en/").content.decode()
    for typed in ("<b>A", "<script>", "<i>", "<u>X"):
        assert typed not in page
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in page


def test_both_numbers_lead_to_their_registers(client):
    make_site(icp_number=ICP, police_number=POLICE)
    for language in ("en", "zh-hans"):
        page = foot(client.get(f"/{language}/").content.decode())
        icp, police = re.findall(r'<a class="footer-number"\s+(.*?)</a>', page, re.S)
        for link in (icp, police):
            assert 'target="_blank"' in link
            assert 'rel="noopener"' in link
            assert 'lang="zh-Hans"' in link
        assert 'href="https://beian.miit.gov.cn/"' in icp
        assert icp.endswith(f">{ICP}")
        code = "31010102001234"
        assert f'href="https://beian.mps.gov.cn/#/query/webSearch?code={code}"' in police
        assert police.endswith(f'height="18">{POLICE}')


def test_a_logo_takes_the_place_of_the_drawn_wordmark(client):
    make_site(logo=make_image(), company="Mill")
    for path in ("/en/", "/admin/login/"):
        page = client.get(path).content.decode()
        assert re.search(
            r'<img[^>]* width="320" height="180" class="wordmark-logo" alt="Mill"', page
        )
        assert "wordmark-drawing" not in page


def test_social_networks_are_linked_named_or_scanned(client):
    site = make_site()
    SocialLink.objects.create(site=site, label="LinkedIn", url="https://example.com/in", position=2)
    SocialLink.objects.create(site=site, label="WeChat", code=make_image(), position=1)
    SocialLink.objects.create(site=site, label="微博", language="zh-hans", position=3)
    english, chinese = (
        foot(client.get(f"/{each}/").content.decode()) for each in ("en", "zh-hans")
    )
    assert re.search(r'href="https://example.com/in"\s+rel="noopener">LinkedIn</a>', english)
    assert '<span class="footer-text">WeChat</span>' in english
    assert 'class="footer-code" alt="QR code: WeChat"' in english
    assert english.index("WeChat") < english.index("LinkedIn")
    assert "微博" not in english
    assert "微博" in chinese
    assert "LinkedIn" in chinese


def test_feeds_mails_and_admin_are_called_like_the_site(client):
    make_site(name="The Mill", description="Mills.")
    for path in ("/en/news/feed/", "/en/news/feed/atom/"):
        assert "<title>The Mill</title>" in client.get(path).content.decode()
    assert "| The Mill" in client.get("/admin/login/").content.decode()
    user = make_user(email="anna@example.com")
    assert notices.invited(user, user, "https://example.com/")
    (sent,) = mail.outbox
    assert sent.subject == "Your account at The Mill"
    assert "at The Mill" in sent.body


def test_feeds_stay_xml_whatever_was_pasted_into_the_name(client):
    make_site(name="The\x0bMill")
    assert "<title>The Mill</title>" in client.get("/en/news/feed/").content.decode()


def test_readers_see_a_changed_name_at_once(site):
    make_site(name="Before")
    assert "Before" in site.get("/en/").text
    SiteText.objects.update(name="After")
    page = site.get("/en/").text
    assert "After" in page
    assert "Before" not in page


# --- pages that must not ask


def test_pages_for_failures_ask_nothing_and_leave_nothing_behind(
    rf, site, django_assert_num_queries
):
    make_site(name="The Mill", icp_number=ICP)
    too_large = partial(errors.too_large, most=1024**2)
    for view in (errors.bad_request, too_large, errors.server_error, errors.database_away):
        with django_assert_num_queries(0):
            page = view(rf.get("/en/")).content.decode()
        assert "China Haisum Newsroom" in page
        assert "The Mill" not in page
    assert "The Mill" in site.get("/en/").text


def test_a_failure_inside_a_page_is_not_kept_as_part_of_others(site, monkeypatch):
    make_site(name="The Mill", company="Mill")
    article = make_article()

    def fail(*_: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr("news.views.surroundings", fail)
        failed = site.get(article.get_absolute_url())
    assert failed.status == 503
    assert "China Haisum" in failed.text
    assert "Mill. All rights reserved." in words(foot(site.get(article.get_absolute_url()).text))


def test_a_page_that_is_not_found_knows_the_site(site):
    make_site(name="The Mill")
    make_page(title="About the mill")
    page = site.get("/en/news/nothing/here/")
    assert page.status == 404
    assert "– The Mill</title>" in page.text
    assert "About the mill" in foot(page.text)


# --- what can be stored


@pytest.mark.parametrize("number", ["", "沪ICP备12345678号", ICP, "粤ICP备2021000001号-12"])
def test_an_icp_number_as_it_was_issued_is_taken(number):
    Site(icp_number=number).full_clean()


@pytest.mark.parametrize("number", ["12345678", "ICP备12345678号", "沪ICP备号", f"{ICP} <b>"])
def test_another_icp_number_is_refused(number):
    with pytest.raises(ValidationError, match="as it was issued"):
        Site(icp_number=number).full_clean()


@pytest.mark.parametrize(
    "number", ["31010102001234", "沪公网安备3101号", "沪公网安备31010102001234"]
)
def test_another_police_number_is_refused(number):
    with pytest.raises(ValidationError, match="as it was issued"):
        Site(police_number=number).full_clean()


@pytest.mark.parametrize("url", ["http://example.com/", "javascript:alert(1)", "//example.com"])
def test_only_secure_links_are_taken(url):
    site = make_site()
    with pytest.raises(ValidationError) as refused:
        SocialLink(site=site, label="X", url=url).full_clean()
    assert "The link must begin with https://." in refused.value.message_dict["url"]
    with pytest.raises(IntegrityError), transaction.atomic():
        SocialLink.objects.create(site=site, label="X", url=url)


def test_there_is_one_site_with_one_text_in_each_language():
    site = make_site("en")
    for make in (
        lambda: Site.objects.create(pk=2),
        lambda: Site.objects.create(),
        lambda: SiteText.objects.create(site=site, language="en"),
        lambda: SiteText.objects.create(site=site, language=""),
        lambda: SocialLink.objects.create(site=site, label=""),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


def test_pictures_around_every_page_stay_in_the_library():
    logo, code, unused = make_image(), make_image(), make_image()
    SocialLink.objects.create(site=make_site(logo=logo), label="WeChat", code=code)
    assert list(Image.objects.unused()) == [unused]
    for image in (logo, code):
        with pytest.raises(ProtectedError):
            image.delete()


def test_a_dump_is_loaded_again(tmp_path):
    make_site(name="The Mill", icp_number=ICP, links=["LinkedIn"])
    dump = tmp_path / "dump.json"
    models = ["news.Site", "news.SiteText", "news.SocialLink"]
    call_command("dumpdata", *models, output=str(dump))
    Site.objects.all().delete()
    call_command("loaddata", dump, verbosity=0)
    assert masthead().name == "The Mill"
    assert [link.label for link in masthead().links] == ["LinkedIn"]
