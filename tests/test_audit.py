"""The audit finds what is wrong, and says so."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.audit import __main__ as audit
from bench.audit import feeds, findings, lighthouse, links, nu, sitemaps, tools, weight
from bench.audit.crawl import Crawl, Page, read
from bench.audit.findings import Finding, Missing, Part
from bench.audit.web import Answer

pytestmark = pytest.mark.once
SITE = "http://news.example.com"


def answer(body: str = "", kind: str = "text/html", status: int = 200, **headers: str) -> Answer:
    message = Message()
    message["Content-Type"] = kind
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer(status, message, body.encode())


def page(path: str, body: str = "", head: str = "", title: str = "") -> Answer:
    return answer(
        f"<title>{title or path}</title><link rel=canonical href={SITE}{path}>{head}"
        f"<h1>{path}</h1>{body}"
    )


def crawled(answers: dict[str, Answer], robots: str = "") -> Crawl:
    """A crawl of a site that consists of these."""
    everything = {"/robots.txt": answer(robots, "text/plain")} | answers

    def get(address: str) -> Answer:
        return everything.get(address.removeprefix(SITE), answer(status=404))

    return Crawl(SITE, get)


RULES = [
    links.broken,
    links.redirected,
    links.same_titles,
    links.without_heading,
    links.astray,
    links.one_sided,
]


# --- The crawl ---


def test_a_site_in_order():
    crawl = crawled(
        {
            "/": answer(status=302, Location="/en/"),
            "/en/": page(
                "/en/",
                '<a href="/en/news/?page=2#list">2</a> <a href="https://elsewhere.example/">x</a>'
                '<a href="mailto:desk@example.com">@</a><img src="/a.webp" srcset="/b.webp 2x">',
                '<link rel="alternate" hreflang="en" href="/en/">'
                '<link rel="alternate" hreflang="zh" href="/zh/">'
                '<link rel="stylesheet" href="/style.css"><link rel="expect" href="#content">'
                '<link rel="alternate" type="application/rss+xml" href="/feed/">',
            ),
            "/zh/": page(
                "/zh/",
                head='<link rel="alternate" hreflang="en" href="/en/">'
                '<link rel="alternate" hreflang="zh" href="/zh/">',
            ),
            "/en/news/?page=2": page("/en/news/?page=2", '<ol id="list"></ol>'),
            "/feed/": answer("<rss/>", "application/rss+xml"),
            **{f"/{name}": answer("x", "image/webp") for name in ("a.webp", "b.webp")},
            "/style.css": answer("x", "text/css"),
        }
    )
    assert {found.removeprefix(SITE) for found in crawl.pages} == {
        *("/", "/en/", "/zh/", "/en/news/?page=2", "/feed/", "/a.webp", "/b.webp", "/style.css")
    }
    assert [fault for rule in RULES for fault in rule(crawl)] == []
    assert list(links.unlinked(crawl, [f"{SITE}/en/news/?page=2"])) == []


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/gone/">',
        '<img src="/gone/">',
        '<img src="/en/" srcset="/gone/ 2x">',
        '<source srcset="/en/ 1x, /gone/ 2x">',
        '<link rel="stylesheet" href="/gone/">',
        '<link rel="icon" href="/gone/">',
        '<script src="/gone/"></script>',
        '<video src="/en/" poster="/gone/"></video>',
        '<link rel="alternate" hreflang="zh" href="/gone/">',
        '<link rel="alternate" type="application/rss+xml" href="/gone/">',
    ],
)
def test_what_a_page_shows_or_leads_to_must_be_there(html: str):
    crawl = crawled({"/": page("/", html), "/en/": page("/en/")})
    assert list(links.broken(crawl)) == ["/gone/ (404, from /)"]


def test_a_link_leads_to_a_place_that_is_on_the_page():
    crawl = crawled({"/": page("/", '<p id="here"><a href="#here">1</a><a href="#there">2</a>')})
    assert list(links.broken(crawl)) == ["/#there (from /)"]


def test_links_lead_straight_to_where_they_end():
    crawl = crawled(
        {
            "/": page("/", '<a href="/old/">'),
            "/old/": answer(status=301, Location="/new/"),
            "/new/": page("/new/"),
        }
    )
    assert list(links.redirected(crawl)) == ["/old/ -> /new/ (from /)"]
    assert f"{SITE}/new/" in crawl.pages


def test_two_pages_for_search_engines_have_two_titles():
    answers = {
        "/": page("/", '<a href="/a/"></a><a href="/b/"></a><a href="/closed/c/">', title="News"),
        "/a/": page("/a/", title="News"),
        "/b/": page("/b/", head='<meta name="robots" content="noindex">', title="News"),
        "/closed/c/": page("/closed/c/", title="News"),
    }
    crawl = crawled(answers, robots="User-agent: *\nDisallow: /closed/")
    assert list(links.same_titles(crawl)) == ["“News”: /, /a/"]
    assert [p.is_indexable for p in crawl.pages.values()] == [True, True, False, False]


def test_a_page_has_one_heading_of_the_first_level():
    crawl = crawled({"/": page("/", "<h1>Again</h1>")})
    assert list(links.without_heading(crawl)) == ["/: 2"]


def test_a_canonical_leads_to_a_page_for_search_engines():
    elsewhere = page("/en/", '<a href="/copy/"></a><a href="/lost/"></a><a href="/none/">')
    crawl = crawled(
        {
            "/": answer(status=302, Location="/en/"),
            "/en/": elsewhere,
            "/copy/": page("/en/"),
            "/lost/": page("/nowhere/"),
            "/none/": answer("<title>None</title><h1>None</h1>"),
        }
    )
    assert list(links.astray(crawl)) == ["/lost/: /nowhere/", "/none/: none"]


def test_versions_in_other_languages_name_each_other():
    both = '<link rel=alternate hreflang=en href="/"><link rel=alternate hreflang=zh href="/zh/">'
    crawl = crawled({"/": page("/", head=both), "/zh/": page("/zh/")})
    assert list(links.one_sided(crawl)) == ["/ -> zh /zh/"]
    crawl = crawled({"/": page("/", head=both), "/zh/": page("/zh/", head=both[:46])})
    assert list(links.one_sided(crawl)) == ["/zh/ does not name itself"]


def test_every_article_is_linked():
    crawl = crawled({"/": page("/", '<a href="/a/">'), "/a/": page("/a/")})
    assert list(links.unlinked(crawl, [f"{SITE}/a/", f"{SITE}/b/"])) == ["/b/"]


def test_addresses_are_read_as_a_browser_does():
    found = Page(f"{SITE}/en/news/")
    read(found, '<a href="../x/?q=%E4%B8%AD#y">1</a><a href="?page=2">2</a>')
    assert found.links == {
        f"{SITE}/en/x/?q=%E4%B8%AD": {"y"},
        f"{SITE}/en/news/?page=2": set(),
    }


# --- Its parts ---


FEED = f"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>
<link>{SITE}/</link><description>All</description><atom:link rel="self" href="{SITE}/feed/"/>
<item><title>One</title><guid>urn:1</guid></item><item><title>Two</title><guid>urn:2</guid></item>
</channel></rss>"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("", "", ""),
        ("</item>", "", "mismatched tag"),
        ("<guid>urn:2</guid>", "", "ids of their own"),
        ("urn:2", "urn:1", "ids of their own"),
        ("/feed/", "/other/", "/other/"),
    ],
)
def test_feeds(old: str, new: str, fault: str):
    found = list(feeds.amiss(f"{SITE}/feed/", FEED.replace(old, new, 1).encode()))
    assert len(found) == bool(fault)
    assert fault in "".join(found)


PROTOCOL = "http://www.sitemaps.org/schemas/sitemap/0.9"
SCHEMA = f"""<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{PROTOCOL}">
<element name="urlset"/><element name="sitemapindex"/></schema>"""


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., sitemaps.Sitemaps]:
    """Reads an index with one part that names these pages."""
    schema = tmp_path / "sitemap.xsd"
    schema.write_text(SCHEMA)
    monkeypatch.setattr(sitemaps, "SCHEMA", schema)

    def read(*pages: str, root: str = "urlset", end: str = ">") -> sitemaps.Sitemaps:
        part = "".join(f"<url><loc>{SITE}{path}</loc></url>" for path in pages)
        files = {
            "/sitemap.xml": f"<sitemapindex xmlns='{PROTOCOL}'><sitemap><loc>{SITE}/1.xml</loc>"
            f"</sitemap><sitemap><loc>{SITE}/2.xml</loc></sitemap></sitemapindex>",
            "/1.xml": f"<{root} xmlns='{PROTOCOL}'>{part}</{root}{end}",
        }

        def get(address: str) -> Answer:
            path = address.removeprefix(SITE)
            return answer(files.get(path, ""), "text/xml", 200 if path in files else 404)

        found = sitemaps.Sitemaps()
        found.read(f"{SITE}/sitemap.xml", get)
        return found

    return read


def test_sitemaps_are_read_with_their_parts_and_what_is_not_there_is_said(
    mapped: Callable[..., sitemaps.Sitemaps],
):
    found = mapped("/a/", "/b/")
    assert found.files == 3
    assert found.pages == {f"{SITE}/a/", f"{SITE}/b/"}
    assert found.faults == ["/2.xml: 404"]


@pytest.mark.parametrize(
    ("root", "end", "fault"), [("urls", ">", "urls"), ("urlset", "", "expected")]
)
def test_sitemaps_are_valid(
    mapped: Callable[..., sitemaps.Sitemaps], root: str, end: str, fault: str
):
    (found, _) = mapped("/a/", root=root, end=end).faults
    assert found.startswith("/1.xml: ")
    assert fault in found


def test_later_pages_of_lists_need_no_sitemap():
    ways = ["/en/news/?page=2", "/en/news/archive/2026/", "/en/news/7/x/related/"]
    links_to = "".join(f'<a href="{way}"></a>' for way in ways)
    crawl = crawled({"/": page("/", links_to)} | {way: page(way) for way in ways})
    assert len(crawl.pages) == 4
    assert list(sitemaps.differences(crawl, {f"{SITE}/"})) == []


def test_sitemaps_have_the_pages_that_are_found_and_no_others():
    closed = page("/closed/", head='<meta name="robots" content="noindex">')
    links_to = '<a href="/a/"></a><a href="/closed/"></a>'
    crawl = crawled({"/": page("/", links_to), "/a/": page("/a/"), "/closed/": closed})
    assert list(sitemaps.differences(crawl, {f"{SITE}/", f"{SITE}/a/"})) == []
    assert list(sitemaps.differences(crawl, {f"{SITE}/", f"{SITE}/closed/"})) == [
        "/a/ is in no sitemap",
        "/closed/ was not found",
    ]


def test_the_checkers_errors_are_said_once_and_its_remarks_are_none():
    error = {"type": "error", "message": "Bad value.", "extract": "<p\n x>"}
    messages = [
        error | {"url": "file:/x/en%20home.html"},
        error | {"url": "file:/x/en%20list.html"},
        {"type": "info", "subType": "warning", "message": "Doubtful.", "url": "file:/x/a.html"},
        {"type": "info", "message": "Trailing slash.", "url": "file:/x/a.html"},
    ]
    errors, warnings = nu.read(messages)
    assert errors == ["Bad value. <p x> (en home and 1 more)"]
    assert warnings == ["Doubtful.  (a)"]


def test_the_checker_may_be_behind_the_standard():
    behind = {"type": "error", "message": f"{nu.BEHIND} “stylesheet”.", "url": "file:/x/a.html"}
    expects = behind | {"extract": '<link rel="expect" href="#content" blocking="render">'}
    others = behind | {"extract": '<link rel="icon" blocking="render">'}
    assert nu.read([expects]) == ([], [])
    assert len(nu.read([expects, others])[0]) == 1


def run(**scores: int) -> lighthouse.Run:
    perfect = dict.fromkeys(lighthouse.GOALS, 100)
    return perfect | scores, [f"{name} {score}" for name, score in scores.items()]


def runs(*some: lighthouse.Run) -> Callable[[], lighthouse.Run]:
    waiting = iter(some)
    return lambda: next(waiting)


@pytest.mark.parametrize(("codes", "tried"), [([0], 1), ([1, 0], 2), ([1, 1], 2)])
def test_lighthouse_is_tried_again_where_chromium_does_not_start(monkeypatch, codes, tried):
    commands = []

    def tries(command: list[str], **_: Any) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=codes.pop(0), stdout="{}", stderr="Unable to connect")

    monkeypatch.setattr(lighthouse.subprocess, "run", tries)
    monkeypatch.setattr(lighthouse, "read", lambda _report: run())
    for name in ("program", "package", "chromium"):
        monkeypatch.setattr(tools, name, lambda *_: Path("/usr"))
    if codes[-1]:
        with pytest.raises(RuntimeError, match="Unable to connect"):
            lighthouse.run("http://127.0.0.1/")
    else:
        lighthouse.run("http://127.0.0.1/")
    assert len(commands) == tried


def test_lighthouse_is_run_five_times():
    assert len(lighthouse.enough(runs(*[run()] * 9), is_quick=False)) == 5


def test_lighthouse_is_run_once_in_haste_and_three_times_if_something_is_missing():
    assert len(lighthouse.enough(runs(*[run()] * 9), is_quick=True)) == 1
    slow_once = lighthouse.enough(runs(run(performance=90), run(), run()), is_quick=True)
    assert len(slow_once) == 3
    assert lighthouse.judged("home", slow_once).faults == []
    slow_often = lighthouse.judged("home", [run(performance=90), run(performance=92), run()])
    assert slow_often.faults == ["performance 90", "performance 92"]
    assert "performance 92 (90-100)" in slow_often.measured


def test_lighthouse_says_what_cost_points():
    audits = {
        "good": {"title": "Good", "score": 1},
        "bad": {
            "title": "Bad",
            "score": 0.5,
            "displayValue": "3 s",
            "details": {"items": [{"node": "<p>"}]},
        },
        "unweighed": {"title": "Unweighed", "score": 0},
        "unasked": {"title": "Unasked", "score": None},
    }
    refs = [{"id": name, "weight": int(name != "unweighed")} for name in audits]
    categories = {name: {"score": 1, "auditRefs": []} for name in lighthouse.GOALS}
    categories["seo"] = {"score": 0.9, "auditRefs": refs}
    scores, lost = lighthouse.read({"categories": categories, "audits": audits})
    assert scores == {"performance": 100, "accessibility": 100, "best-practices": 100, "seo": 90}
    assert lost == ['seo: Bad 3 s {"node": "<p>"}']
    with pytest.raises(RuntimeError, match="No page"):
        lighthouse.read({"runtimeError": {"message": "No page"}})


@pytest.mark.parametrize(
    ("kind", "is_picture"),
    [
        ("image/webp", True),
        ("video/mp4", True),
        ("image/svg+xml", False),
        ("text/html; charset=utf-8", False),
        ("text/javascript", False),
    ],
)
def test_what_an_article_weighs_is_everything_but_its_pictures(kind: str, is_picture: bool):
    assert weight.is_picture(kind) is is_picture


# --- Its tools ---


@pytest.mark.parametrize(
    ("name", "way"),
    [("java", "apt install default-jre-headless"), ("node", "apt install nodejs npm")],
)
def test_a_missing_program_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, name: str, way: str
):
    monkeypatch.setattr(tools.shutil, "which", lambda _: None)
    with pytest.raises(Missing, match=way):
        tools.program(name)


def installs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int = 0) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=code, stderr="one\nnpm error 404\n")

    monkeypatch.setattr(tools, "FOLDER", tmp_path)
    monkeypatch.setattr(tools, "program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(tools.subprocess, "run", run)
    return commands


def test_a_package_is_installed_in_its_version_if_it_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    commands = installs(monkeypatch, tmp_path)
    path = tools.package("vnu-jar")
    assert path == tmp_path / "node_modules/vnu-jar"
    assert commands[0][-1] == f"vnu-jar@{tools.NPM['vnu-jar']}"
    path.mkdir(parents=True)
    (path / "package.json").write_text(f'{{"version": "{tools.NPM["vnu-jar"]}"}}')
    tools.package("vnu-jar")
    assert len(commands) == 1
    (path / "package.json").write_text('{"version": "1"}')
    tools.package("vnu-jar")
    assert len(commands) == 2


def test_what_cannot_be_installed_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    installs(monkeypatch, tmp_path, code=1)
    with pytest.raises(Missing, match="could not install lighthouse: npm error 404"):
        tools.package("lighthouse")


# --- What it says ---

GOOD = Finding("Titles", "0", "0 of 9")
BAD = Finding("Links", "0", "2 of 9", faults=["/a/", "/b/"])
REMARK = Finding("Admin", "", "3 on 9 pages", notes=["<p>"])
MISSING = Finding("nu", "", "it needs java (apt install it)", is_missing=True)


def test_the_table_and_what_failed():
    parts = [Part("links", [GOOD, BAD, REMARK], 1.6), Part("nu", [MISSING], 0)]
    assert findings.table(parts).splitlines()[2:] == [
        "| Titles | 0 | 0 of 9 | reached |",
        "| Links | 0 | 2 of 9 | **failed** (2) |",
        "| Admin |  | 3 on 9 pages | to know |",
        "| nu |  | it needs java (apt install it) | not measured |",
    ]
    assert findings.faults(parts) == "- Links: /a/\n- Links: /b/"
    document = findings.document(parts, {"Date": "today"})
    assert "- Date: today" in document
    assert "links 2, nu 0." in document
    assert "## Failed" in document
    assert document.endswith("## Notes\n\n- Admin: <p>")


@pytest.mark.parametrize(
    ("finding", "here", "in_ci"),
    [(GOOD, False, False), (REMARK, False, False), (BAD, True, True), (MISSING, False, True)],
)
def test_what_is_missing_fails_in_ci_alone(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, here: bool, in_ci: bool
):
    parts = [Part("some", [finding], 1)]
    monkeypatch.delenv("CI", raising=False)
    assert audit.is_bad(parts) is here
    monkeypatch.setenv("CI", "true")
    assert audit.is_bad(parts) is in_ci
