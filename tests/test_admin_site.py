"""The site's form in the admin: one row, every language, for administrators."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.models import Site, SiteText
from tests.forms import Form, errors, words
from tests.helpers import make_image, make_site, make_user

pytestmark = pytest.mark.django_db

PATH = "/admin/news/site/"
CHANGE = f"{PATH}1/change/"
OVERTAKEN = (
    "Somebody has saved the site since you opened this form. Nothing was saved now. Look at it in "
    "another window; if you save again, yours takes its place."
)


@pytest.fixture(autouse=True)
def administrator(client) -> User:
    user = make_user("administrator", is_superuser=True)
    client.force_login(user)
    return user


def send(client, path: str = CHANGE, **typed: str):
    """The form as it is shown, with what is typed into it."""
    data = Form(client.get(path), "site_form").data
    assert typed.keys() <= data.keys()
    return client.post(path, data | typed)


def test_the_menu_leads_to_the_form(client):
    assert client.get(PATH)["Location"] == f"{PATH}add/"
    make_site()
    assert client.get(PATH)["Location"] == CHANGE
    menu = re.findall(r'id="news-([a-z]+)"', client.get("/admin/").content.decode())
    assert menu == [
        *("article", "image", "attachment", "category", "tag", "page"),
        *("browsingvolume", "refusedviews", "oldaddress", "site"),
    ]


def test_the_first_form_asks_for_every_language_and_shows_what_stands_there(client):
    page = client.get(f"{PATH}add/")
    text = page.content.decode()
    for words_ in ("China Haisum Newsroom", "中国海诚新闻中心", "News from China Haisum"):
        assert f'placeholder="{words_}"' in text
    languages = re.findall(r'<option value="([a-z-]+)" selected>', text)
    assert languages[:2] == ["en", "zh-hans"]
    response = send(
        client, f"{PATH}add/", **{"texts-1-name": "磨坊", "icp_number": "沪ICP备12345678号"}
    )
    assert response.status_code == 302
    assert Site.objects.get().icp_number == "沪ICP备12345678号"
    assert [(text.language, text.name) for text in SiteText.objects.all()] == [("zh-hans", "磨坊")]
    assert "<title>磨坊</title>" in client.get("/zh-hans/").content.decode()
    assert "<title>China Haisum Newsroom</title>" in client.get("/en/").content.decode()


def test_a_language_without_texts_is_offered_later(client):
    make_site("zh-hans", name="磨坊")
    response = send(client, **{"texts-1-name": "The Mill", "texts-1-phone": "+86 1"})
    assert response.status_code == 302
    assert dict(SiteText.objects.values_list("language", "name")) == {
        "en": "The Mill",
        "zh-hans": "磨坊",
    }


@pytest.mark.parametrize("typed", [{}, {"texts-1-name": "磨坊"}])
def test_a_form_that_is_sent_twice_says_the_same_in_no_other_language(client, typed):
    make_site()
    SiteText.objects.all().delete()
    data = Form(client.get(CHANGE), "site_form").data | {"texts-0-name": "The Mill", **typed}
    assert client.post(CHANGE, data).status_code == 302
    said = dict(SiteText.objects.values_list("language", "name"))
    assert said == {"en": "The Mill"} | ({"zh-hans": "磨坊"} if typed else {})
    again = errors(client.post(CHANGE, data))
    assert set(again) == {
        OVERTAKEN,
        "Somebody has saved texts in this language since you opened the form. Open it anew.",
    }
    assert dict(SiteText.objects.values_list("language", "name")) == said


def test_two_administrators_each_describe_one_language(client):
    make_site()
    SiteText.objects.all().delete()
    mine = Form(client.get(CHANGE), "site_form").data
    assert client.post(CHANGE, mine | {"texts-0-name": "The Mill"}).status_code == 302
    refused = client.post(CHANGE, mine | {"texts-1-name": "磨坊"})
    assert errors(refused) == [OVERTAKEN]
    assert client.post(CHANGE, Form(refused, "site_form").data).status_code == 302
    assert dict(SiteText.objects.values_list("language", "name")) == {
        "en": "The Mill",
        "zh-hans": "磨坊",
    }


@pytest.mark.parametrize(
    "theirs",
    [
        {"texts-0-phone": "+86 2"},
        {"icp_number": "沪ICP备12345678号"},
        {"links-0-label": "WeChat"},
    ],
)
def test_what_another_window_saved_meanwhile_is_not_overwritten_unseen(client, theirs):
    make_site(phone="+86 1")
    data = Form(client.get(CHANGE), "site_form").data
    assert client.post(CHANGE, data | theirs).status_code == 302
    refused = client.post(CHANGE, data | {"texts-0-tagline": "Mine", "links-0-label": "Weibo"})
    assert errors(refused) == [OVERTAKEN]
    said = SiteText.objects.get(language="en")
    assert (said.phone, said.tagline) == (theirs.get("texts-0-phone", "+86 1"), "")
    # What was typed stays, and whoever sends it again has been told.
    again = Form(refused, "site_form").data
    assert (again["texts-0-tagline"], again["links-0-label"]) == ("Mine", "Weibo")
    assert client.post(CHANGE, again).status_code == 302
    assert SiteText.objects.get(language="en").tagline == "Mine"


@pytest.mark.parametrize("language", ["", "fr", "../en", "\x00"])
def test_a_language_that_is_none_of_the_sites_is_refused(client, language):
    make_site()
    SiteText.objects.all().delete()
    data = Form(client.get(CHANGE), "site_form").data
    response = client.post(CHANGE, data | {"texts-0-language": language, "texts-0-name": "X"})
    assert response.status_code == 200
    assert not SiteText.objects.exists()


def test_a_third_language_is_a_setting_and_a_row(client, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "German")]
    make_site("en")
    page = client.get(CHANGE)
    assert Form(page, "site_form").data["texts-TOTAL_FORMS"] == "3"


def test_nobody_changes_a_texts_language(client):
    make_site("en", name="The Mill")
    send(client, **{"texts-0-language": "zh-hans", "texts-0-name": "Mill"})
    assert dict(SiteText.objects.values_list("language", "name")) == {"en": "Mill"}


def test_there_is_no_second_site_and_none_is_deleted(client):
    data = Form(client.get(f"{PATH}add/"), "site_form").data
    make_site()
    assert client.post(f"{PATH}add/", data).status_code == 403
    assert client.post(f"{PATH}1/delete/", {"post": "yes"}).status_code == 403
    assert 'class="deletelink"' not in client.get(CHANGE).content.decode()
    assert Site.objects.count() == 1


def test_links_are_added_and_must_be_secure(client):
    site = make_site()
    for url, told in (
        ("http://example.com/", "The link must begin with https://."),
        ("javascript:alert(1)", "Enter a valid URL."),
    ):
        assert told in words(send(client, **{"links-0-label": "X", "links-0-url": url}))
    send(client, **{"links-0-label": "X", "links-0-url": "example.com"})
    assert site.links.get().url == "https://example.com"


def test_a_wrong_number_is_refused_with_an_example(client):
    make_site()
    (told,) = errors(send(client, icp_number="12345678"))
    assert "like 沪ICP备12345678号" in told


def test_pictures_are_looked_for_not_listed(client):
    make_site(logo=make_image(title="Our mark"))
    for _ in range(3):
        make_image(title="Another picture")
    page = client.get(CHANGE).content.decode()
    assert "Our mark" in page
    assert "Another picture" not in page


def test_more_links_need_no_more_queries(client):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(CHANGE)
        return len(queries)

    make_site(links=["One"])
    asked()
    few = asked()
    make_site(links=["Two", "Three", "Four"])
    assert asked() == few


def test_a_picture_of_the_site_says_so_and_stays(client):
    site = make_site(logo=(logo := make_image()), links=["WeChat"])
    code = make_image()
    site.links.update(code=code)
    for image, where in ((logo, "Site (logo)"), (code, "Site (QR code, WeChat)")):
        path = f"/admin/news/image/{image.pk}"
        assert where in words(client.get(f"{path}/change/"))
        assert where in words(client.get(f"{path}/delete/"))
        client.post(f"{path}/delete/", {"post": "yes"})
        image.refresh_from_db()


@pytest.mark.parametrize("group", ["Editor", "Author", ""])
def test_only_administrators_change_the_site(client, group):
    make_site(name="The Mill")
    client.force_login(make_user(group=group))
    for path in (PATH, CHANGE, f"{PATH}add/", f"{PATH}1/history/"):
        assert client.get(path).status_code == 403
        assert client.post(path, {"texts-0-name": "Ours"}).status_code == 403
    assert SiteText.objects.get().name == "The Mill"
    assert PATH not in client.get("/admin/").content.decode()


def test_whoever_is_given_the_permission_may(client):
    user = make_user(group="Editor")
    user.user_permissions.set(Permission.objects.filter(codename="change_site"))
    client.force_login(user)
    said = {"texts-0-name": "The Mill", "links-0-label": "X"}
    assert send(client, f"{PATH}add/", **said).status_code == 302
    assert send(client, **{"texts-0-name": "Ours"}).status_code == 302
    assert SiteText.objects.get().name == "Ours"
    assert Site.objects.get().links.count() == 1


def test_whoever_may_only_look_is_shown_it(client):
    user = make_user()
    user.user_permissions.set(Permission.objects.filter(codename="view_site"))
    client.force_login(user)
    assert client.get(PATH).status_code == 200  # Nobody has described it yet.
    make_site(icp_number="沪ICP备12345678号")
    assert client.get(PATH)["Location"] == CHANGE
    assert "沪ICP备12345678号" in words(client.get(CHANGE))
    assert client.post(CHANGE, {"icp_number": ""}).status_code == 403
