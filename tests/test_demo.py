"""The demo: complete, clean, repeatable, and only on a site that is otherwise empty."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from PIL import Image as Picture

from news import desk, renditions, sanitize, versions
from news.demo import pictures
from news.demo.pictures import canvas
from news.demo.texts import read_texts
from news.models import (
    Article,
    BrowsingVolume,
    Category,
    DailyViews,
    Edition,
    Image,
    MostRead,
    Page,
    RelatedPick,
    Site,
    SiteText,
    SocialLink,
    Stage,
    State,
    StatusChange,
    Tag,
    Version,
)
from tests.helpers import make_article, make_category, make_page, make_site, picture_bytes

pytestmark = pytest.mark.django_db
NOT_PUBLIC = {"draft", "in_review", "scheduled", "expired", "withdrawn"}


def seed(*arguments: str) -> str:
    output = io.StringIO()
    call_command("seed_demo", *arguments, stdout=output)
    return output.getvalue()


def everything() -> dict[str, list]:
    models = (Article, BrowsingVolume, Category, DailyViews, Edition, Image, RelatedPick, Tag, User)
    models += (Version, StatusChange, Page, Site, SiteText, SocialLink)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def draw_plainly(patch):
    """Drawing takes seconds, and so does making sizes: both are tested by themselves."""
    keys = list(pictures.PICTURES)
    patch.setattr(
        pictures.Picture, "jpeg", lambda self: picture_bytes(size=(64, 30 + keys.index(self.key)))
    )
    patch.setattr(
        "news.pictures._run",
        lambda folder: dict(renditions.develop(folder / "upload", folder, max_pixels=10_000)),
    )


@pytest.fixture(autouse=True)
def plain_pictures(monkeypatch):
    draw_plainly(monkeypatch)


@pytest.fixture(scope="class")
def seeded(django_db_setup, django_db_blocker):
    """Seeded once for all tests of a class, which only read."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        draw_plainly(patch)
        seed()
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("seeded")
class TestContent:
    def test_thirteen_articles_per_language_and_one_in_each_state(self):
        assert Counter(Article.objects.values_list("language", flat=True)) == {
            "en": 13,
            "zh-hans": 13,
        }
        states = Counter(Article.objects.with_state().values_list("state_now", flat=True))
        assert states == {State.PUBLIC: 19, State.BINNED: 2} | dict.fromkeys(NOT_PUBLIC, 1)
        assert states == Counter(article.state for article in Article.objects.all())

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_each_language_looks_full(self, language):
        public = Article.objects.public().filter(language=language)
        assert public.count() >= 9
        assert not Category.objects.filter(language=language).exclude(articles__in=public).exists()
        assert 2 <= public.filter(cover=None).count() <= 3
        assert public.filter(pinned_until__gt=timezone.now()).count() == 1
        assert len(public.years()) >= 2

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_every_category_is_described_and_the_most_read_are_known(self, language):
        descriptions = Category.objects.filter(language=language).values_list("description")
        assert descriptions.distinct().count() == 5
        assert not descriptions.filter(description="").exists()
        for days in MostRead.PERIODS:
            assert MostRead.objects.articles(language, days).count() >= 5

    def test_the_door_takes_nothing_from_the_texts(self):
        for article in Article.objects.all():
            assert sanitize.clean(article.body).html == article.body
            assert "{" not in article.body
        for texts in read_texts():
            for text in texts.articles:
                source = text.html(
                    lambda _, alt: f'<img src="/media/a.jpg" alt="{alt}">',
                    lambda _, words: f'<a href="/media/a.pdf">{words}</a>',
                    lambda key: f"/{key}/",
                )
                clean = sanitize.clean(source)
                assert not clean.removed
                assert clean.html.replace(' rel="noopener noreferrer"', "") == source.strip()

    def test_bodies_show_what_the_editor_can_do(self):
        for language in ("en", "zh-hans"):
            bodies = "".join(
                Article.objects.filter(language=language).values_list("body", flat=True)
            )
            for element in (
                "h2",
                "h3",
                "ul",
                "ol",
                "blockquote",
                "table",
                "figure",
                "img",
                "a",
                "em",
            ):
                assert f"<{element}" in bodies, (language, element)

    def test_links_between_articles_lead_to_public_ones(self):
        links = re.findall(
            r'href="/[^"]+/news/(\d+)/', "".join(Article.objects.values_list("body", flat=True))
        )
        assert links
        assert Article.objects.public().filter(pk__in=links).count() == len(set(links))

    def test_pairs_are_translations_of_each_other(self):
        keys = Counter(Article.objects.values_list("translation_key", flat=True))
        assert sorted(keys.values()) == [1] * 14 + [2] * 6
        for key in (key for key, number in keys.items() if number == 2):
            one, other = Article.objects.filter(translation_key=key)
            assert {one.language, other.language} == {"en", "zh-hans"}
            assert one.cover == other.cover

    def test_categories_are_paired_and_so_are_tags_that_both_languages_have(self):
        for model, pairs in ((Category, 5), (Tag, 10)):
            keys = Counter(model.objects.values_list("translation_key", flat=True))
            assert None not in keys
            assert [*keys.values()].count(2) == pairs
        for article in Article.objects.filter(language="en").select_related("category"):
            for version in Article.objects.counterparts_of(article).select_related("category"):
                assert version.category.translation_key == article.category.translation_key

    def test_articles_are_filed_within_their_language(self):
        for article in Article.objects.select_related("category"):
            assert article.category.language == article.language
            assert {tag.language for tag in article.tags.all()} == {article.language}
            assert {pick.language for pick in article.related.all()} <= {article.language}
        assert RelatedPick.objects.count() > 10

    def test_counts_add_up(self):
        for volume in BrowsingVolume.objects.all():
            days = DailyViews.objects.filter(article_id=volume.pk)
            counted = days.aggregate(sum=Sum("views"))["sum"] or 0
            assert volume.total == volume.carried_over + counted
            article = Article.objects.get(pk=volume.pk)
            for day in days:
                assert timezone.localdate(article.published_at) <= day.day <= timezone.localdate()
        assert BrowsingVolume.objects.filter(carried_over=0).exists()
        assert BrowsingVolume.objects.filter(carried_over__gt=0).exists()
        never_public = Article.objects.with_state().filter(
            state_now__in=["draft", "in_review", "scheduled"]
        )
        assert not BrowsingVolume.objects.filter(article__in=never_public).exists()

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_the_foot_leads_to_four_pages_in_each_language(self, client, language):
        pages = Page.objects.at_the_foot(language)
        assert [page.slug for page in pages] == [
            *("about", "press-contact", "legal-notice", "privacy"),
        ]
        for page in pages:
            assert sanitize.clean(page.body, libraries=False).html == page.body
            assert Page.objects.counterparts_of(page).count() == 1
            text = client.get(page.get_absolute_url()).content.decode()
            assert page.title in text
            assert "沪ICP备00000000号" in text

    def test_links_in_pages_lead_somewhere(self, client):
        bodies = "".join(Page.objects.values_list("body", flat=True))
        links = set(re.findall(r'href="(/[^"]+)"', bodies))
        assert links == {"/en/pages/press-contact/", "/zh-hans/pages/press-contact/"}
        assert {client.get(link).status_code for link in links} == {200}


def test_says_what_it_created():
    assert seed() == (
        "Demo content: 26 articles, 12 pictures, 2 files, 10 categories, 23 tags, 8 pages, "
        "1 site created\n"
    )


def test_second_run_changes_nothing_and_draws_nothing(monkeypatch):
    seed("--staff")
    before = everything()
    monkeypatch.setattr(pictures.Picture, "jpeg", pytest.fail)
    output = seed("--staff")
    assert output.startswith("Demo content: already there\n")
    assert everything() == before


def test_what_staff_did_since_stays():
    seed()
    make_article(title="Written by staff")
    Article.objects.get(status="draft").delete()
    Article.objects.filter(language="en").update(title="Changed by staff")
    before = everything()
    seed()
    assert everything() == before


def test_force_adds_only_what_is_missing():
    seed()
    Article.objects.get(status="draft").delete()
    assert seed("--force") == "Demo content: 1 article created\n"
    assert Article.objects.count() == 26


def test_what_staff_said_of_the_site_stays():
    make_page(language="en", slug="about", title="Who we are")
    make_site(name="The Mill")
    assert seed().endswith("23 tags, 7 pages created\n")
    assert Page.objects.get(language="en", slug="about").title == "Who we are"
    assert [text.name for text in SiteText.objects.all()] == ["The Mill"]


def test_refuses_a_site_with_articles_of_its_own():
    make_article(category=make_category(slug="our-projects"))
    before = everything()
    with pytest.raises(CommandError, match="this site has articles of its own"):
        seed("--staff")
    assert everything() == before
    seed("--force")
    assert Article.objects.count() == 27


def test_a_failure_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr("news.demo.load._by_day", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seed("--staff")
    assert not Article.objects.exists()
    assert not Category.objects.exists()
    assert not User.objects.exists()


def test_texts_have_the_length_of_news():
    for texts in read_texts():
        for text in texts.articles:
            plain = sanitize.clean(text.body).text
            if texts.language == "en":
                assert 250 <= len(plain.split()) <= 500, text.key
            else:
                assert 350 <= len(re.sub(r"[\s\d]", "", plain)) <= 800, text.key
            assert 10 < len(text.summary) <= 200, text.key


def test_staff_sign_in_with_the_given_password():
    output = seed("--staff", "--password", "four plain words here")
    assert "four plain words" not in output
    for name in ("author", "editor", "admin"):
        user = authenticate(username=name, password="four plain words here")
        assert user is not None
        assert user.is_staff
    author, editor, admin = (User.objects.get(username=n) for n in ("author", "editor", "admin"))
    assert author.has_perm("news.add_article")
    assert not author.has_perm("news.publish_article")
    assert editor.has_perm("news.publish_article")
    assert admin.is_superuser
    assert not editor.is_superuser
    draft = Article.objects.get(status="draft")
    assert (draft.created_by, draft.editor) == (author, author)
    assert Article.objects.public()[0].editor == editor


def test_the_desk_of_each_role_has_something_waiting():
    seed("--staff")
    author, editor = (User.objects.get(username=name) for name in ("author", "editor"))
    of_author, of_editor = (
        {section.name: section.rows for section in desk.sections(user)} for user in (author, editor)
    )
    assert {row.language for row in of_author["drafts"] if row.was_sent_back} == {"en", "zh-hans"}
    assert all(row.comment for row in of_author["drafts"] if row.was_sent_back)
    assert {row.language for row in of_author["drafts"] if row.is_change} == {"en", "zh-hans"}
    assert {row.is_change for row in of_editor["review"]} == {True, False}
    assert [row.language for row in of_editor["drafts"]] == ["en"]
    assert {row.language for row in of_editor["scheduled"] if row.is_change} == {"en", "zh-hans"}


def test_what_is_under_way_changes_something_and_is_not_live():
    seed("--staff")
    for version in Version.objects.pending():
        live = versions.live_content(version.article)
        assert version.content != live
        assert versions.digest(live) == version.base
        assert sanitize.clean(version.content["body"]).html == version.content["body"]
    moments = Version.objects.filter(stage=Stage.SCHEDULED).values_list("moment", flat=True)
    assert min(moments) > timezone.now()


def test_accounts_that_may_not_write_have_nothing_under_way():
    for name in ("author", "editor"):
        User.objects.create_user(name, is_staff=True)
    seed()
    assert not Version.objects.exists()
    assert not StatusChange.objects.exists()


def test_passwords_that_are_made_up_are_shown_once():
    passwords = re.findall(r"^  (\w+) +\w+ +([a-z-]+)$", seed("--staff", "--password", ""), re.M)
    assert [name for name, _ in passwords] == ["author", "editor", "admin"]
    again = seed("--staff")
    for name, password in passwords:
        assert authenticate(username=name, password=password)
        assert password not in again
        assert re.search(rf"{name} .* exists, password as before", again)


def test_a_password_given_again_replaces_the_old_one():
    seed("--staff")
    assert "exists, password set as given" in seed("--staff", "--password", "another password")
    assert authenticate(username="editor", password="another password")


def test_a_password_without_accounts_is_refused():
    with pytest.raises(CommandError, match="--staff"):
        seed("--password", "another password")
    assert not Article.objects.exists()


@pytest.mark.parametrize("key", pictures.PICTURES)
def test_pictures_are_always_the_same(monkeypatch, key):
    monkeypatch.undo()
    monkeypatch.setattr(canvas, "SCALE", 1)  # Nine times as fast, with rough edges.
    drawn = pictures.PICTURES[key].jpeg()
    with Picture.open(ContentFile(drawn)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1600, 900))
    assert drawn == pictures.PICTURES[key].jpeg()


def test_the_most_detailed_picture_is_light(monkeypatch):
    monkeypatch.undo()
    assert len(pictures.PICTURES["crystals"].jpeg()) < 250_000


def test_light_beyond_the_edge_stays_inside():
    night = canvas.Canvas("#000000")
    night.light(0, 0, 300, "#ffffff")
    with Picture.open(ContentFile(night.jpeg("light"))) as opened:
        assert opened.getpixel((10, 10))[0] > 150
        assert opened.getpixel((1500, 800))[0] < 10
