"""What pages ask for: nothing of another host, and little besides pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.sync_api import Page, Request, Response, sync_playwright

from bench.audit import tools, web
from bench.audit.crawl import path_of
from bench.audit.findings import Finding
from bench.audit.stand import Stand
from bench.load import READER
from tests.browser import launch_options
from tests.pages import ARTICLES

MOST = 60_000  # Bytes of an article's page without its pictures, as the browser reads them.
SAMPLES = [kind for kind in ARTICLES if kind != "extreme"]  # Nobody's text is like that.
INSIDE = ("data:", "blob:", "about:")


@dataclass
class Load:
    """What one page asked for."""

    bytes: dict[str, int] = field(default_factory=dict)  # Address -> size; no pictures.
    elsewhere: list[str] = field(default_factory=list)


def audit(stand: Stand) -> Iterator[Finding]:
    tools.chromium()
    loads = dict(_loads(stand))
    outside = [f"{page}: {address}" for page, one in loads.items() for address in one.elsewhere]
    yield Finding(
        "Requests to other hosts", "0", f"{len(outside)} on {len(loads)} pages", faults=outside
    )
    articles = {page: sum(one.bytes.values()) for page, one in loads.items() if _is_article(page)}
    heaviest = max(articles, key=articles.__getitem__)
    yield Finding(
        "An article's page without pictures, uncompressed",
        f"at most {MOST / 1000:.0f} KB",
        f"{articles[heaviest] / 1000:.1f} KB ({heaviest})",
        faults=[
            f"{page}: {size:,} bytes" for page, size in sorted(articles.items()) if size > MOST
        ],
        notes=[f"{address}: {size:,} bytes" for address, size in loads[heaviest].bytes.items()],
    )


def _is_article(page: str) -> bool:
    return page.split()[1] in SAMPLES


def _loads(stand: Stand) -> Iterator[tuple[str, Load]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        page = browser.new_page(user_agent=READER, base_url=stand.url)
        answers: list[Response] = []
        asked: list[Request] = []
        page.on("response", lambda answer: answers.append(answer))
        page.on("request", lambda request: asked.append(request))
        for language in stand.pages.addresses:
            for kind in stand.pages.shown(page, language):
                page.wait_for_load_state("networkidle")
                yield f"{language} {kind}", _load(stand, page, asked, answers)
                asked.clear()
                answers.clear()
        browser.close()


def _load(stand: Stand, page: Page, asked: list[Request], answers: list[Response]) -> Load:
    load = Load()
    for request in asked:
        if not request.url.startswith((f"{stand.url}/", *INSIDE)):
            load.elsewhere.append(request.url)
    for answer in answers:
        if answer.ok and not is_picture(answer.headers.get("content-type", "")):
            load.bytes[path_of(answer.url)] = len(answer.body())
    # Chromium without a window shows no icon, and so does not ask for it.
    for icon in page.locator("link[rel~=icon]").all():
        address = icon.get_attribute("href") or ""
        load.bytes[address] = len(web.get(urljoin(stand.url, address)).body)
    return load


def is_picture(kind: str) -> bool:
    """A film, too; a drawing in SVG is text."""
    return kind.startswith(("image/", "video/")) and not kind.startswith("image/svg")
