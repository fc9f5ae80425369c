"""Moving in: pages become articles, and are known again."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest
from django.core.management import CommandError
from django.db.models import F

from news.models import Article, BrowsingVolume, Category, Edition, Image, OldAddress, Status
from tests.helpers import SITE_ZONE, make_category
from tests.legacy import ASSETS, CHINESE, DATA, HEADER, MILL, PLANT, moved_in, page, write

pytestmark = pytest.mark.django_db

OLD = "/en/s/3224-8945-40155.html"


@pytest.fixture
def table(tmp_path):
    """Writes a map of old addresses."""
    return lambda *rows: write(tmp_path, "map.csv", "\n".join(rows))


def test_a_page_becomes_a_published_article(site, table):
    said = moved_in(PLANT, "--map", table(f"{PLANT.name},{OLD}"))
    article = Article.objects.get()
    assert article.title == "Haisum Hands Over Water Treatment Plant in Semarang"
    assert (article.status, article.language) == (Status.PUBLISHED, "en")
    assert article.published_at == datetime(2021, 6, 18, tzinfo=SITE_ZONE)
    assert article.source == "Central Java Daily"
    assert article.category.slug == "news"
    assert "<h2>Built on Soft Ground</h2>" in article.body
    assert "Built on Soft Ground" in article.body_text
    assert (article.modified_by, article.imported_revision) == (None, article.revision)
    volume = article.browsing_volume
    assert (volume.carried_over, volume.total) == (1204, 1204)
    answer = site.get(OLD)
    assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())
    assert "1 file: 1 created, 0 updated, 0 unchanged, 0 kept, 0 failed" in said


def test_its_page_shows_the_carried_over_number_and_the_views_since(site):
    moved_in(PLANT)
    address = Article.objects.get().get_absolute_url()
    first, second = site.get(address), site.get(address)
    assert "1205" in first.text.replace(",", "")
    assert "1206" in second.text.replace(",", "")


def test_a_second_run_changes_nothing():
    """Not even the edition: readers' caches stay good."""
    moved_in(DATA / "good", DATA / "columns", "--assets", ASSETS, "--base-path", "/en/s/")
    before = [*Article.objects.values(), *BrowsingVolume.objects.values(), *Image.objects.values()]
    edition = Edition.objects.get().number
    said = moved_in(DATA / "good", DATA / "columns", "--assets", ASSETS, "--base-path", "/en/s/")
    assert "5 files: 0 created, 0 updated, 5 unchanged" in said
    after = [*Article.objects.values(), *BrowsingVolume.objects.values(), *Image.objects.values()]
    assert (after, Edition.objects.get().number) == (before, edition)


def test_a_changed_page_updates_its_article_and_keeps_the_views(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path", "/en/s")
    article = Article.objects.get()
    BrowsingVolume.objects.filter(pk=article.pk).update(total=F("total") + 3)
    write(tmp_path, file.name, page("Another Title", HEADER.replace("88", "100"), "Another text."))
    assert "1 updated" in moved_in(file, "--base-path", "/en/s/")
    article = Article.objects.get()
    assert (article.title, article.body) == ("Another Title", "<p>Another text.</p>")
    assert (article.browsing_volume.carried_over, article.browsing_volume.total) == (100, 103)
    assert article.slug == "works-handed-over"


def test_without_an_old_address_a_page_is_known_by_title_and_date(tmp_path):
    file = write(tmp_path, "a.txt")
    assert "1 without an old address" in moved_in(file)
    write(tmp_path, "a.txt", page(text="Another text."))
    assert "1 updated" in moved_in(file)
    assert Article.objects.get().body == "<p>Another text.</p>"
    write(tmp_path, "a.txt", page(header=HEADER.replace("11-08", "11-09")))
    assert "1 created" in moved_in(file)


def test_an_address_is_added_to_what_is_here_already(tmp_path, table):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    assert "1 updated" in moved_in(file, "--map", table(f"a.txt,https://old.example{OLD}"))
    assert OldAddress.objects.get().path == OLD
    assert Article.objects.count() == 1


def test_articles_of_one_date_keep_the_order_of_their_old_numbers(tmp_path):
    for number in (30, 4, 200):
        write(tmp_path, f"3224-8945-{number}.txt", page(f"Number {number}"))
    write(tmp_path, "early.txt", page("Early", HEADER.replace("2023", "2022")))
    moved_in(tmp_path)
    titles = Article.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == ["Early", "Number 4", "Number 30", "Number 200"]


def test_language_and_category_are_chosen():
    make_category("Projects", "zh-hans", slug="projects")
    moved_in(CHINESE, "--language", "zh-hans", "--category", "projects")
    article = Article.objects.get()
    assert (article.language, article.category.slug) == ("zh-hans", "projects")
    assert article.source == "工程事业部"
    assert article.slug == "gong-si-cheng-jian-de-yin-ni-jiang-zhi-xiang-mu-tou-chan"


def test_the_column_in_the_old_address_chooses_the_category(tmp_path, table):
    make_category("Projects", slug="projects")
    make_category("Company", slug="company")
    write(tmp_path, "3224-8945-1.txt", page("One"))
    write(tmp_path, "two.txt", page("Two"))
    write(tmp_path, "three.txt", page("Three"))
    moved_in(
        tmp_path,
        *("--column-map", "8945=projects,8818=company", "--category", "company"),
        *("--map", table("two.txt,/en/s/3224-8945-2.html")),
    )
    filed = dict(Article.objects.values_list("title", "category__slug"))
    assert filed == {"One": "projects", "Two": "projects", "Three": "company"}


def test_the_default_category_is_not_given_back_to_articles_that_staff_moved(tmp_path):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    Category.objects.update(slug="reports")
    assert "1 unchanged" in moved_in(file)
    assert Category.objects.get().slug == "reports"


@pytest.mark.parametrize("option", ["--category=sport", "--column-map=8945=sport"])
def test_an_unknown_category_is_answered_with_those_there_are(option):
    make_category("Projects", slug="projects")
    with pytest.raises(CommandError, match="no category sport in language en; there are: projects"):
        moved_in(PLANT, option)
    assert not Article.objects.exists()


def test_a_dry_run_says_all_and_writes_nothing():
    folders = DATA / "good", DATA / "columns"
    options = "--assets", ASSETS, "--base-path", "/en/s/"
    said = moved_in(*folders, *options, "--dry-run")
    for model in (Article, OldAddress, Category, Image, BrowsingVolume):
        assert not model.objects.exists()
    assert f"created: {MILL}" in said
    assert "Dry run, nothing was written. 5 files: 4 created, 0 updated, 1 unchanged" in said
    assert "4 created, 0 updated, 1 unchanged" in moved_in(*folders, *options)
    assert "0 created, 0 updated, 5 unchanged" in moved_in(*folders, *options, "--dry-run")


def test_a_run_is_logged(caplog):
    with caplog.at_level(logging.INFO, "news.legacy"):
        moved_in(PLANT)
    assert "1 file: 1 created" in caplog.text


def test_no_progress_is_drawn_where_nobody_watches(capfd):
    moved_in(PLANT)
    assert not capfd.readouterr().err
