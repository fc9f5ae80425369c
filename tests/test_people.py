"""Accounts of staff in the admin: their list, invitation, hand-over, and who may manage whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from news import staff, versions
from news.admin.peopleforms import InviteForm
from news.models import Article, PreviewLink, Profile, Stage, Status, StatusChange, Version
from news.moments import in_numbers
from tests.forms import Form, errors, messages, submit, words
from tests.helpers import make_article, make_user
from tests.mails import arrived, link_in

pytestmark = pytest.mark.django_db

LIST = "/admin/auth/user/"
PASSWORD_PAGE = "/admin/password_change/"
INVITE = f"{LIST}invite/"
PASSWORD = "three quiet rivers"
JANE = {"email": "jane.doe@example.com", "first_name": "Jane", "last_name": "Doe"}


@pytest.fixture
def administrator(client) -> User:
    """An administrator, signed in to `client`."""
    user = make_user("root", is_superuser=True, first_name="Ada", last_name="Root")
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _mail_server(settings):
    settings.HAS_MAIL_SERVER = True


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def allow(user: User, *codenames: str) -> User:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def invite(client: Client, group: str = "Author", **typed):
    return submit(client, INVITE, "task_form", **JANE | {"role": role(group)} | typed)


# --- names, roles, languages


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Jane", "Doe", "Jane Doe"),
        ("芳", "王", "王芳"),
        ("Fang", "王", "Fang 王"),
        ("", "", "j"),
    ],
)
def test_people_are_called_as_colleagues_call_them(first, last, name):
    assert staff.name_of(User(username="j", first_name=first, last_name=last)) == name


def test_the_list_says_who_does_what(client, administrator):
    make_user("wang", "Editor", first_name="芳", last_name="王", email="wang@example.com")
    both = make_user("both", "Editor")
    both.groups.add(Group.objects.get(name="Author"))
    text = words(client.get(LIST))
    assert "wang 王芳 wang@example.com Editor" in text
    assert "both both – Author, Editor" in text
    assert "root Ada Root – Administrator" in text


def test_the_list_and_its_filter_call_roles_what_readers_of_the_language_call_them(
    client, administrator
):
    make_user("wang", "Editor")
    filtered = client.get(f"{LIST}?groups__id__exact={Group.objects.get(name='Editor').pk}")
    assert "wang" in words(filtered)
    chinese = client.get(LIST, headers={"accept-language": "zh-CN"})
    offered = re.findall(r'groups__id__exact=\d+"[^>]*>(.*?)</a>', chinese.content.decode())
    assert [each.strip() for each in offered] == ["作者", "编辑"]


def test_the_dates_of_an_account_are_written_as_everywhere(client, administrator):
    form = words(client.get(f"{LIST}{administrator.pk}/change/"))
    assert in_numbers(administrator.date_joined) in form
    assert not {"noon", "midnight", "a.m.", "p.m."} & set(form.split())


def test_the_list_takes_as_many_queries_for_many_as_for_few(client, administrator):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    def add_ten() -> None:
        for _number in range(10):
            make_user(group="Author")

    add_ten()
    before = queries()
    add_ten()
    assert queries() == before


def test_the_language_of_the_desk_is_remembered_at_sign_in():
    user = make_user("li", "Author")
    typed = {"username": "li", "password": "a long pass phrase"}
    for header, language in [("zh-CN,zh;q=0.9", "zh-hans"), ("en-GB", "en")]:
        Client().post("/admin/login/", typed, headers={"accept-language": header})
        assert Profile.objects.get(user=user).language == language
        assert staff.language_of(User.objects.get(pk=user.pk)) == language


def test_the_language_follows_whoever_changes_it_at_work(client, author):
    def look(header: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(PASSWORD_PAGE, headers={"accept-language": header})
        return sum("news_profile" in query["sql"] for query in captured)

    assert Profile.objects.get(user=author).language == "en"
    assert look("en") == 0
    assert look("zh-CN") > 0
    assert Profile.objects.get(user=author).language == "zh-hans"
    assert look("zh-CN") == 0


def test_readers_who_sign_in_have_no_language_kept(client):
    client.force_login(make_user("reader", is_staff=False))
    assert not Profile.objects.exists()
    assert staff.language_of(User.objects.get()) == "en"


# --- invitation


def test_an_administrator_invites_and_the_invited_signs_in(client, administrator):
    answer = invite(client, group="Editor", language="zh-hans")
    assert messages(answer) == ["Jane Doe was invited, at jane.doe@example.com."]
    assert "jane.doe Jane Doe jane.doe@example.com Editor Invited" in words(answer)
    user = User.objects.get(username="jane.doe")
    assert (user.is_staff, user.is_active, user.is_superuser) == (True, True, False)
    assert [group.name for group in user.groups.all()] == ["Editor"]
    assert not user.has_usable_password()
    [message] = arrived()
    assert message.to == ["jane.doe@example.com"]
    assert message.subject == "您的中国海诚新闻中心账号"
    assert "Ada Root为您开通了" in message.body
    assert "您的角色：编辑" in message.body
    invited = Client()
    form = invited.get(link_in(message), follow=True).redirect_chain[-1][0]
    invited.post(
        form, {"new_password1": "three quiet rivers", "new_password2": "three quiet rivers"}
    )
    assert invited.login(username="jane.doe", password="three quiet rivers")
    assert invited.get("/admin/news/article/").status_code == 200
    assert LogEntry.objects.get().get_change_message() == "Invited as Editor."


@pytest.mark.parametrize(
    ("typed", "username"),
    [
        ({}, "jane.doe"),
        ({"username": "doe"}, "doe"),
        ({"email": "o'neil+news@example.com"}, "oneil+news"),
        ({"email": "ROOT@example.com"}, "ROOT2"),
        ({"email": "'@example.com"}, "staff"),
    ],
)
def test_the_user_name_is_made_from_the_address_unless_one_is_typed(
    client, administrator, typed, username
):
    invite(client, **typed)
    assert User.objects.exclude(pk=administrator.pk).get().username == username


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "WANG@example.com"}, "wang has an account with this address already."),
        ({"email": "jane"}, "Enter a valid email address."),
        ({"email": ""}, "This field is required."),
        ({"username": "Wang"}, "Somebody has this user name already. Choose another one."),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(client, administrator, typed, sentence):
    make_user("wang", email="Wang@example.com")
    answer = invite(client, **typed)
    assert errors(answer) == [sentence]
    assert Form(answer, "task_form").data["last_name"] == "Doe"
    assert User.objects.count() == 2
    assert arrived() == []


def test_a_button_that_is_pressed_twice_invites_once(client, administrator, monkeypatch):
    make_user("jane.doe")  # By the other press, between the look and the save of this one.
    monkeypatch.setattr(staff, "username_for", lambda email: "jane.doe")
    monkeypatch.setattr(InviteForm, "validate_unique", lambda form: None)
    assert errors(invite(client)) == ["Somebody has this user name already."]
    assert arrived() == []


def test_an_account_stays_if_no_e_mail_could_be_sent_and_it_can_be_sent_again(
    client, administrator, settings, caplog
):
    sending = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.mails.Refusing"
    answer = invite(client)
    assert messages(answer) == [
        "The account of Jane Doe is there, but no e-mail could be sent to jane.doe@example.com. "
        "Send again"
    ]
    assert "Connection refused" in caplog.text
    settings.EMAIL_BACKEND = sending
    again = f"{LIST}{User.objects.get(username='jane.doe').pk}/invite/"
    assert f'href="{again}"' in answer.content.decode()
    assert submit(client, again, "task_form").redirect_chain == [(LIST, 302)]
    assert "Your user name: jane.doe" in arrived()[0].body
    assert "Your user name" in words(Client().get(link_in(arrived()[0]), follow=True))


def test_without_a_mail_server_the_link_is_handed_over_by_hand(client, administrator, settings):
    settings.HAS_MAIL_SERVER = False
    told = invite(client)
    assert "There is no mail server. Give Jane Doe this link yourself." in words(told)
    html = told.content.decode()
    path = re.search(r'readonly\s+value="http://testserver(.*?)">', html)[1]
    assert 'data-copies="link-to-copy"' in html
    assert "Your user name: jane.doe" in words(Client().get(path, follow=True))
    assert arrived() == []


def test_whoever_has_a_password_is_not_invited_again(client, administrator):
    user = make_user("jane", email="jane@example.com")
    assert "invitation" not in words(client.get(f"{LIST}{user.pk}/change/"))
    assert client.post(f"{LIST}{user.pk}/invite/").status_code == 403
    assert arrived() == []


@pytest.mark.parametrize("group", ["Author", "Editor"])
def test_neither_authors_nor_editors_have_to_do_with_accounts(client, group):
    client.force_login(make_user("jane", group, email="jane@example.com"))
    other = make_user("other", "Author", email="other@example.com")
    other.set_unusable_password()
    other.save()
    task = f"{LIST}{other.pk}/"
    for path in (LIST, INVITE, f"{task}invite/", f"{task}handover/", f"{task}change/"):
        assert client.get(path).status_code == 403
        assert client.post(path, JANE).status_code == 403
    assert User.objects.filter(is_active=True).count() == 2


@pytest.mark.parametrize(
    ("group", "roles"), [("Author", ["Author"]), ("Editor", ["Author", "Editor"])]
)
def test_nobody_invites_into_a_role_above_their_own(client, group, roles):
    client.force_login(allow(make_user("host", group), "add_user"))
    form = Form(client.get(INVITE), "task_form")
    assert form.choices["role"] == [str(role(name)) for name in roles]
    answer = invite(client, group="Editor")
    assert User.objects.filter(username="jane.doe").exists() is ("Editor" in roles)
    assert answer.status_code == 200


# --- who may manage whom


@pytest.fixture
def manager(client) -> User:
    """Looks after the accounts of authors, signed in to `client`."""
    user = allow(make_user("manager", "Author"), "view_user", "change_user", "delete_user")
    client.force_login(user)
    return user


def save(client: Client, user: User, **typed):
    return submit(client, f"{LIST}{user.pk}/change/", "user_form", **typed)


def test_a_manager_changes_whoever_may_no_more_than_they(client, manager):
    author = make_user("writer", "Author")
    assert errors(save(client, author, email="writer@example.com")) == []
    author.refresh_from_db()
    assert author.email == "writer@example.com"


@pytest.mark.parametrize("fields", [{"is_superuser": True}, {"is_active": False}, {}])
def test_a_manager_cannot_change_whoever_may_more(client, manager, fields):
    other = make_user("other", "" if fields.get("is_superuser") else "Editor", **fields)
    before = User.objects.filter(pk=other.pk).values().get()
    page = f"{LIST}{other.pk}/"
    assert client.get(f"{page}change/").status_code == 200  # To look at.
    typed = {"username": "other", "email": "manager@example.com", "is_active": "on"}
    for path in ("change/", "password/", "handover/", "delete/"):
        sent = {**typed, "password1": "x9$k2!mvq", "password2": "x9$k2!mvq", "post": "yes"}
        assert client.post(page + path, sent).status_code == 403
    assert User.objects.filter(pk=other.pk).values().get() == before


def test_a_manager_gives_no_rights_beyond_their_own(client, manager):
    author = make_user("writer", "Author")
    form = Form(client.get(f"{LIST}{author.pk}/change/"), "user_form")
    assert form.choices["groups"] == [str(role("Author"))]
    assert {"is_superuser", "user_permissions"}.isdisjoint(form.data.keys() | form.choices.keys())
    rights = Permission.objects.values_list("pk", flat=True)
    forged = form.data | {"is_superuser": "on", "user_permissions": [*map(str, rights)]}
    client.post(f"{LIST}{author.pk}/change/", forged)
    assert errors(
        client.post(f"{LIST}{author.pk}/change/", forged | {"groups": [str(role("Editor"))]})
    )
    author = User.objects.get(pk=author.pk)
    assert not author.is_superuser
    assert not author.user_permissions.exists()
    assert [group.name for group in author.groups.all()] == ["Author"]


def test_a_manager_gives_themselves_nothing(client, manager):
    form = Form(client.get(f"{LIST}{manager.pk}/change/"), "user_form")
    client.post(f"{LIST}{manager.pk}/change/", form.data | {"is_superuser": "on"})
    assert not User.objects.get(pk=manager.pk).is_superuser


def test_an_administrator_gives_every_right(client, administrator):
    author = make_user("writer", "Author")
    save(client, author, groups=[str(role("Editor"))], is_superuser="on")
    author.refresh_from_db()
    assert author.is_superuser
    assert author.groups.get().name == "Editor"


# --- hand-over


@pytest.fixture
def leaver() -> User:
    return make_user("leaver", "Editor", first_name="Lee", last_name="Ver")


@pytest.fixture
def successor() -> User:
    return make_user("successor", "Editor", first_name="Sue", last_name="Cess")


def hand_over(client: Client, leaver: User, successor: User):
    return client.post(
        f"{LIST}{leaver.pk}/handover/", {"successor": str(successor.pk)}, follow=True
    )


def test_a_leavers_work_goes_to_the_successor(client, administrator, leaver, successor):
    mine = {
        name: make_article(status=status, created_by=leaver)
        for name, status in {"draft": Status.DRAFT, "in review": Status.IN_REVIEW}.items()
    }
    binned = make_article(status=Status.DRAFT, created_by=leaver, binned_at=timezone.now())
    published = make_article(created_by=leaver, editor=leaver)
    other = make_article(status=Status.DRAFT, created_by=successor, editor=administrator)
    asked = words(client.get(f"{LIST}{leaver.pk}/handover/"))
    assert "3 articles that are still worked on get the successor as their author." in asked
    assert "The successor becomes the editor in charge of 1 article." in asked
    assert "preview link" not in asked
    answer = hand_over(client, leaver, successor)
    assert messages(answer) == ["Everything of Lee Ver was handed over to Sue Cess."]
    for article in (*mine.values(), binned):
        article.refresh_from_db()
        assert article.created_by == successor
    published.refresh_from_db()
    other.refresh_from_db()
    assert (published.created_by, published.editor) == (leaver, successor)
    assert (other.created_by, other.editor) == (successor, administrator)
    assert LogEntry.objects.get().object_id == str(leaver.pk)


def test_a_leaver_is_out_at_once_and_stays_out(client, administrator, leaver, successor):
    at_work = Client()
    at_work.force_login(leaver)
    assert at_work.get("/admin/").status_code == 200
    hand_over(client, leaver, successor)
    assert at_work.get("/admin/").status_code == 302
    assert not Client().login(username="leaver", password="a long pass phrase")
    User.objects.filter(pk=leaver.pk).update(is_active=True)
    assert at_work.get("/admin/").status_code == 302
    assert not Client().login(username="leaver", password="a long pass phrase")


def test_a_leavers_preview_links_end(administrator, leaver, successor):
    now = timezone.now()
    article = make_article(status=Status.DRAFT)
    ends = {"expires_at": now + timedelta(days=3)}
    theirs, others = (
        PreviewLink.objects.create(article=article, recipient="Bank", created_by=user, **ends)
        for user in (leaver, successor)
    )
    assert staff.hand_over(leaver, successor, administrator).links == 1
    assert list(PreviewLink.objects.open()) == [others]
    assert theirs not in PreviewLink.objects.open()


def change_of(article: Article, stage: Stage, **content) -> Version:
    live = versions.live_content(article)
    pending = live | {"title": "Changed"} | content
    return Version.objects.create(
        article=article,
        content=pending,
        digest=versions.digest(pending),
        stage=stage,
        base=versions.digest(live),
        moment=timezone.now() + timedelta(days=1) if stage == Stage.SCHEDULED else None,
    )


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.IN_REVIEW, Stage.SCHEDULED])
def test_changes_on_their_way_name_the_successor_and_are_not_overtaken(
    administrator, leaver, successor, stage
):
    article = make_article(editor=leaver)
    change_of(article, stage)
    staff.hand_over(leaver, successor, administrator)
    desk = versions.desk(Article.objects.get(pk=article.pk))
    assert (desk.live["editor"], desk.shown["editor"]) == (successor.pk, successor.pk)
    assert desk.shown["title"] == "Changed"
    assert not desk.is_overtaken


def test_a_change_that_was_overtaken_before_still_is(administrator, leaver, successor):
    article = make_article(editor=leaver)
    change_of(article, Stage.DRAFT)
    article.title = "Changed by somebody else"
    article.save()
    staff.hand_over(leaver, successor, administrator)
    assert versions.desk(Article.objects.get(pk=article.pk)).is_overtaken


def test_a_change_may_name_another_editor_than_the_live_article(administrator, leaver, successor):
    live_is_theirs = make_article(editor=leaver)
    change_of(live_is_theirs, Stage.DRAFT, editor=administrator.pk)
    change_is_theirs = make_article(editor=administrator)
    change_of(change_is_theirs, Stage.DRAFT, editor=leaver.pk)
    staff.hand_over(leaver, successor, administrator)
    one, two = (
        versions.desk(Article.objects.get(pk=a.pk)) for a in (live_is_theirs, change_is_theirs)
    )
    assert (one.live["editor"], one.shown["editor"]) == (successor.pk, administrator.pk)
    assert (two.live["editor"], two.shown["editor"]) == (administrator.pk, successor.pk)
    assert not one.is_overtaken
    assert not two.is_overtaken


def test_an_authors_change_to_a_published_article_is_gone_on_with(administrator):
    leaver, successor = make_user("leaver", "Author"), make_user("successor", "Author")
    article = make_article(created_by=leaver)
    change_of(article, Stage.DRAFT)
    staff.hand_over(leaver, successor, administrator)
    article.refresh_from_db()
    assert article.created_by == successor


def test_history_says_what_it_said(administrator, leaver, successor):
    article = make_article(editor=leaver)
    kept = change_of(article, Stage.HISTORY)
    staff.hand_over(leaver, successor, administrator)
    kept.refresh_from_db()
    assert kept.content["editor"] == leaver.pk


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("leaver", "Choose somebody else: this is the account that will be closed."),
        ("closed", "Select a valid choice. That choice is not one of the available choices."),
        ("reader", "Select a valid choice. That choice is not one of the available choices."),
    ],
)
def test_it_is_handed_over_to_somebody_who_can_take_it(client, administrator, leaver, to, sentence):
    make_user("closed", "Editor", is_active=False)
    make_user("reader", is_staff=False)
    article = make_article(editor=leaver)
    assert errors(hand_over(client, leaver, User.objects.get(username=to))) == [sentence]
    article.refresh_from_db()
    leaver.refresh_from_db()
    assert article.editor == leaver
    assert leaver.is_active


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
def test_a_successor_who_was_closed_meanwhile_takes_nothing(
    administrator, leaver, successor, fields
):
    User.objects.filter(pk=successor.pk).update(**fields)
    with pytest.raises(ValidationError, match="Choose somebody who can sign in"):
        staff.hand_over(leaver, successor, administrator)
    leaver.refresh_from_db()
    assert leaver.is_active


def test_nobody_closes_their_own_account(client, administrator, successor):
    assert hand_over(client, administrator, successor).status_code == 403
    with pytest.raises(ValidationError, match="your own account"):
        staff.hand_over(administrator, successor, administrator)
    assert "Hand over" not in words(client.get(f"{LIST}{administrator.pk}/change/"))


def test_what_was_left_after_a_first_hand_over_goes_with_a_second(
    client, administrator, leaver, successor
):
    hand_over(client, leaver, successor)
    late = make_article(status=Status.DRAFT, created_by=leaver)
    hand_over(client, leaver, successor)
    late.refresh_from_db()
    assert late.created_by == successor


def test_the_successor_is_found_by_typing_and_no_list_is_loaded(
    client, administrator, leaver, successor
):
    page = client.get(f"{LIST}{leaver.pk}/handover/")
    assert Form(page, "task_form").choices.get("successor", []) in ([], [""])
    found = client.get(
        "/admin/autocomplete/",
        {"app_label": "news", "model_name": "article", "field_name": "editor", "term": "sue"},
    )
    assert [result["id"] for result in found.json()["results"]] == [str(successor.pk)]


# --- deletion


def trace(user: User, kind: str) -> None:
    if kind == "trail":
        StatusChange.objects.create(
            article=make_article(), transition="bin", before="public", after="binned", by=user
        )
    elif kind == "version":
        article = make_article()
        content = versions.live_content(article)
        Version.objects.create(article=article, content=content, digest="", author=user)
    elif kind == "log":
        LogEntry.objects.create(user=user, action_flag=1, object_repr="A tag")
    else:
        make_article(**{kind: user})


@pytest.mark.parametrize("kind", ["trail", "version", "log", "created_by", "modified_by", "editor"])
def test_an_account_that_did_something_is_closed_not_deleted(client, administrator, leaver, kind):
    trace(leaver, kind)
    path = f"{LIST}{leaver.pk}/delete/"
    asked = client.get(path)
    assert "their accounts cannot be deleted" in words(asked)
    assert f'href="{LIST}{leaver.pk}/handover/"' in asked.content.decode()
    client.post(path, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [leaver.pk]}
    assert "their accounts cannot be deleted" in words(client.post(LIST, chosen))
    client.post(LIST, chosen | {"post": "yes"})
    assert User.objects.filter(pk=leaver.pk).exists()


def test_an_account_that_did_nothing_can_be_deleted(client, administrator):
    mistake = make_user("mistake", "Author")
    client.force_login(administrator)
    client.post(f"{LIST}{mistake.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=mistake.pk).exists()
