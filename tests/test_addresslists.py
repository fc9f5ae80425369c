"""Lists of old addresses that an operator takes over, and how long ones are."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from news import addresslists
from news.models import OldAddress
from news.models.oldaddress import OldAddressQuerySet
from tests.helpers import make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(tmp_path):
    """Writes a list; its path."""

    def write(text: str | bytes):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def run(path, *options: str) -> tuple[str, str, str]:
    """What the command said, what it objected to, and how it ended."""
    out, err, end = io.StringIO(), io.StringIO(), ""
    try:
        call_command("import_addresses", str(path), *options, stdout=out, stderr=err)
    except CommandError as error:
        end = str(error)
    return out.getvalue(), err.getvalue(), end


def paths() -> set[str]:
    return set(OldAddress.objects.values_list("path", flat=True))


def test_it_works_and_can_be_run_again(listed, site):
    article = make_article()
    OldAddress.objects.create(path="/first.html", target="/b.html")
    path = listed(f"old,new\n/a.html,{article.pk}\n/b.html,/en/\n")
    assert run(path) == (
        "2 lines: 0 refused, 0 updated, 2 created, 0 unchanged; 1 others lead straight on\n",
        "",
        "",
    )
    assert site.get("/a.html").headers["Location"] == article.get_absolute_url()
    assert site.get("/first.html").headers["Location"] == "/en/"
    assert "0 created, 2 unchanged\n" in run(path)[0]
    path = listed("/a.html,/en/news/\n")
    assert "1 updated" in run(path)[0]
    assert site.get("/a.html").headers["Location"] == "/en/news/"


def test_a_dry_run_writes_nothing_and_says_what_it_would(listed):
    out, err, end = run(listed("/a,/b\n/b,/en/\nnot this\n"), "--dry-run")
    assert "1: created: /a (By way of /b)" in out
    assert "2: created: /b" in out
    assert "Dry run, nothing was written. 3 lines: 1 refused" in out
    assert "list.csv, line 3: Two columns are needed" in err
    assert end == "1 of the lines were refused."
    assert paths() == set()


def test_what_is_refused_keeps_nothing_else_back(listed):
    out, err, end = run(listed("/a,/en/\n/c,/d\n/d,/c\n"), "-v2")
    assert "1: created: /a" in out
    assert err.count("These lead in a circle: /c → /d → /c") == 2
    assert end == "2 of the lines were refused."
    assert paths() == {"/a"}


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0", b"old,new\n"])
def test_what_is_no_list_is_refused(listed, data):
    assert run(listed(data))[2].startswith("Nothing was written. ")


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "nowhere.csv" in run(tmp_path / "nowhere.csv")[2]


def test_all_of_it_or_nothing(listed, monkeypatch):
    def fails(self, rows):
        put(self, rows[:1])
        raise RuntimeError

    put = OldAddressQuerySet.put
    monkeypatch.setattr(OldAddressQuerySet, "put", fails)
    with pytest.raises(RuntimeError):
        run(listed("/a,/en/\n/b,/en/"))
    assert paths() == set()


def test_a_line_takes_no_query_of_its_own():
    def queries(number: int) -> int:
        lines = [f"/{number}/{n},/{number}/{n + 1}" for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            addresslists.take_over("\n".join(lines))
        return len(captured)

    queries(10)
    assert queries(5000) < 60
    assert OldAddress.objects.filter(target="/5000/5000").count() == 5000


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(exclude_categories=["Cs"], include_characters='",;\t\n/'), min_size=1))
def test_any_text_is_looked_through_without_a_fault(db, text):
    try:
        found = addresslists.plan(text)
    except addresslists.ValidationError:
        return
    assert sum(found.count().values()) == len(found.lines)
    list(addresslists.report(found.lines))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12),
)
@example([(1, 3)], [(1, 2), (2, 1), (3, 0)])
def test_whatever_is_taken_over_every_address_leads_straight_to_an_end(db, first, second):
    OldAddress.objects.all().delete()
    for links in (first, second):
        text = "\n".join(f"/{old},/{new}" for old, new in links)
        if text:
            addresslists.take_over(text)
    rows = dict(OldAddress.objects.values_list("path", "target"))
    assert not rows.keys() & set(rows.values())
