"""Moving in: old addresses, and articles that stood in several columns or were edited since."""

from __future__ import annotations

from datetime import datetime

import pytest

from news.models import Article, BrowsingVolume, OldAddress, Status
from tests.helpers import SITE_ZONE, make_article, make_category
from tests.legacy import DATA, HEADER, TEXT, edit, failed, html_page, moved_in, page, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(tmp_path):
    """Writes a map of old addresses."""
    return lambda *rows: write(tmp_path, "map.csv", "\n".join(rows))


def test_a_map_may_name_folders_several_addresses_and_files_that_are_not_there(tmp_path, table):
    write(tmp_path, "2022/index.txt", page("One"))
    write(tmp_path, "2023/index.txt", page("Two"))
    said = moved_in(
        tmp_path,
        "--map",
        table(
            "\ufefffile,address",
            "2022/index.txt,/a.html",
            "2023/index.txt,/show.aspx?id=%E6%B5%B7",
            "2023/index.txt,/%E6%B5%B7.html",
            "lost.txt,/lost.html",
        ),
    )
    assert "the map names lost.txt, which was not given" in said
    rows = OldAddress.objects.values_list("path", "article__title")
    assert set(rows) == {
        ("/a.html", "One"),
        ("/海.html", "Two"),
        ("/show.aspx?id=%E6%B5%B7", "Two"),
    }


def test_an_article_that_stood_in_two_columns_is_one(site):
    said = moved_in(DATA / "columns", "--base-path", "/en/s/")
    assert "2 files: 1 created, 0 updated, 1 unchanged" in said
    article = Article.objects.get()
    for column in (8945, 8818):
        answer = site.get(f"/en/s/3224-{column}-40200.html")
        assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())
    assert (article.browsing_volume.carried_over, article.browsing_volume.total) == (75, 75)


def test_columns_imported_one_after_the_other_do_not_take_turns(tmp_path):
    make_category("Projects", slug="projects")
    make_category("Company", slug="company")
    first = write(tmp_path, "3224-8945-7.txt", page(text="The first text."))
    second = write(
        tmp_path, "3224-8818-7.txt", page(text="Another.", header=HEADER.replace("88", "99"))
    )
    options = "--base-path=/en/s/", "--column-map=8945=projects,8818=company"
    assert "1 created" in moved_in(first, *options)
    said = moved_in(second, *options)
    assert "1 updated" in said
    assert "is this page too; the text of its first address counts" in said
    for file in (first, second, first):
        assert "1 unchanged" in moved_in(file, *options)
    article = Article.objects.get()
    assert (article.body, article.category.slug) == ("<p>The first text.</p>", "projects")
    assert article.browsing_volume.carried_over == 99
    assert article.old_addresses.count() == 2


def test_the_same_title_and_date_with_another_number_is_another_article(tmp_path):
    for number in (7, 8):
        write(tmp_path, f"3224-8945-{number}.txt", page("Notice", text=f"Number {number}."))
    for options in ([], [], ["--base-path", "/en/s/"], ["--base-path", "/en/s/"]):
        moved_in(tmp_path, *options)
        assert Article.objects.count() == 2
    for number in (7, 8):
        old = OldAddress.objects.get(path=f"/en/s/3224-8945-{number}.html")
        assert old.article.body == f"<p>Number {number}.</p>"


def test_two_files_cannot_share_an_address_and_be_two_articles(tmp_path):
    canonical = '<link rel="canonical" href="/en/s/one.html">'
    write(tmp_path, "a.html", html_page(f"<p>{TEXT}</p>", canonical))
    write(tmp_path, "b.html", html_page(f"<p>{TEXT}</p>", canonical).replace("Over</h1>", "</h1>"))
    out, err = failed(tmp_path)
    assert f"b.html: its old address is also that of {tmp_path / 'a.html'}" in err
    assert "1 created" in out


def test_an_address_that_is_taken_is_not_taken_away(tmp_path, table):
    file = write(tmp_path, "a.txt")
    OldAddress.objects.create(path="/about.html", target="/en/")
    _, err = failed(file, "--map", table("a.txt,/about.html"))
    assert "/about.html already leads to /en/" in err
    chinese = make_article(language="zh-hans")
    OldAddress.objects.create(path="/zh.html", article=chinese)
    _, err = failed(file, "--map", table("a.txt,/zh.html"))
    assert "/zh.html already leads to article" in err
    OldAddress.objects.create(path="/1.html", article=make_article())
    OldAddress.objects.create(path="/2.html", article=make_article())
    _, err = failed(file, "--map", table("a.txt,/1.html", "a.txt,/2.html"))
    assert "/1.html already leads to article" in err


def test_a_home_page_named_as_canonical_is_no_address(tmp_path):
    canonical = '<link rel="canonical" href="http://old.example/">'
    moved_in(write(tmp_path, "a.html", html_page(f"<p>{TEXT}</p>", canonical)))
    assert not OldAddress.objects.exists()


def test_an_article_that_staff_edited_is_kept(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path=/en/s/")
    edit(Article.objects.get(), title="A Better Title", body="<p>Better.</p>")
    before = Article.objects.values().get()
    write(tmp_path, file.name, page(header=HEADER.replace("88", "100"), text="Changed again."))
    said = moved_in(file, "--base-path=/en/s/")
    assert "0 updated, 0 unchanged, 1 kept" in said
    assert "was edited since; its text is kept" in said
    assert Article.objects.values().get() == before
    # Its number is no work of theirs, and goes on being carried over.
    assert BrowsingVolume.objects.get().carried_over == 100


def test_overwrite_gives_the_old_text_back(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path=/en/s/")
    edit(Article.objects.get(), title="A Better Title", body="<p>Better.</p>")
    assert "1 updated" in moved_in(file, "--base-path=/en/s/", "--overwrite")
    article = Article.objects.get()
    assert (article.title, article.body) == ("Works Handed Over", f"<p>{TEXT}</p>")
    assert (article.modified_by, article.imported_revision) == (None, article.revision)
    assert "1 unchanged" in moved_in(file, "--base-path=/en/s/")
    write(tmp_path, file.name, page(header=HEADER.replace("88", "80")))
    assert "1 unchanged" in moved_in(file, "--base-path=/en/s/")
    assert "1 updated" in moved_in(file, "--base-path=/en/s/", "--overwrite")
    assert article.browsing_volume.carried_over == 80


def test_an_edit_that_left_the_page_as_it_was_is_no_difference(tmp_path):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    edit(Article.objects.get(), summary="In short.")
    assert "1 unchanged" in moved_in(file)


@pytest.mark.parametrize(
    "decision",
    [{"status": Status.WITHDRAWN}, {"binned_at": datetime(2026, 1, 1, tzinfo=SITE_ZONE)}],
)
def test_what_staff_took_away_does_not_come_back(tmp_path, decision):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    edit(Article.objects.get(), **decision)
    write(tmp_path, "a.txt", page(text="Changed."))
    assert "1 kept" in moved_in(file)
    assert "1 updated" in moved_in(file, "--overwrite")
    assert not Article.objects.public().exists()
    assert Article.objects.get().body == "<p>Changed.</p>"
