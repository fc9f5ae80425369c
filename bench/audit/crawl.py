"""A crawl from `/` through all links of the site, and what the pages say of themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from bs4 import BeautifulSoup, Tag

from bench.audit.web import Answer

START = "/"
HTML = "text/html"
# What a page is shown with, or offers; which attribute has the address.
EMBEDDED = {
    "img": "src",
    "script": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "track": "src",
    "iframe": "src",
    "object": "data",
    "link": "href",
}
ANNOUNCED = {"expect", "canonical"}  # Of `link`: nothing to fetch.


@dataclass
class Page:
    """One address of the site; all addresses are whole, without fragment."""

    address: str
    status: int = 0
    kind: str = ""
    target: str | None = None  # Of a redirect.
    title: str = ""
    headings: int = 0  # Of the first level.
    canonical: str | None = None
    is_closed: bool = False  # By robots.txt or noindex.
    links: dict[str, set[str]] = field(default_factory=dict)  # Address -> fragments.
    embedded: set[str] = field(default_factory=set)
    languages: dict[str, str] = field(default_factory=dict)
    feeds: set[str] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)

    def ways(self) -> list[str]:
        """What it leads to or shows."""
        to = [self.target] if self.target else []
        return [*to, *self.links, *self.languages.values(), *self.feeds, *self.embedded]

    @property
    def is_indexable(self) -> bool:
        is_itself = self.canonical in (None, self.address)
        return self.status == 200 and self.kind == HTML and not self.is_closed and is_itself


class Crawl:
    """Every page that can be reached from the start, by `get`, with whatever pages consist of."""

    def __init__(self, site: str, get: Callable[[str], Answer]) -> None:
        self.site = site
        self.get = get
        self.pages: dict[str, Page] = {}
        self.robots = RobotFileParser()
        self.robots.parse(get(f"{site}/robots.txt").text.splitlines())
        self._walk()

    def is_here(self, address: str) -> bool:
        return address.startswith(f"{self.site}/")

    def linking(self) -> Iterator[tuple[Page, str]]:
        """Each page, with the address of each thing of the site that it leads to or shows."""
        for page in self.pages.values():
            yield from ((page, address) for address in page.ways() if self.is_here(address))

    def _walk(self) -> None:
        waiting = deque([urljoin(self.site, START)])
        while waiting:
            address = waiting.popleft()
            if address not in self.pages:
                page = self.pages[address] = self._visit(address)
                waiting.extend(way for way in page.ways() if self.is_here(way))

    def _visit(self, address: str) -> Page:
        answer = self.get(address)
        page = Page(address, answer.status, answer.kind)
        if location := answer.headers.get("Location"):
            page.target = urljoin(address, location)
        page.is_closed = not self.robots.can_fetch("*", address) or "noindex" in (
            answer.headers.get("X-Robots-Tag") or ""
        )
        if page.kind == HTML and answer.status == 200:
            read(page, answer.text)
        return page


def read(page: Page, html: str) -> None:
    """What the page says of itself, and where it leads."""
    soup = BeautifulSoup(html, "html.parser")
    page.title = soup.title.get_text(" ", strip=True) if soup.title else ""
    page.headings = len(soup.find_all("h1"))
    page.anchors = {str(tag["id"]) for tag in soup.find_all(id=True)}
    for meta in soup.find_all("meta", attrs={"name": "robots"}):
        page.is_closed |= "noindex" in str(meta.get("content"))
    for tag in soup.find_all("a", href=True):
        address, fragment = urldefrag(urljoin(page.address, str(tag["href"])))
        page.links.setdefault(address, set()).update({unquote(fragment)} - {""})
    for tag in soup.find_all([*EMBEDDED]):
        _read_embedded(page, tag)


def _read_embedded(page: Page, tag: Tag) -> None:
    kinds = {str(kind).lower() for kind in tag.get_attribute_list("rel")}
    candidates = [one.split()[0] for one in str(tag.get("srcset", "")).split(",") if one.strip()]
    if own := tag.get(EMBEDDED[tag.name]):
        candidates.append(str(own))
    if poster := tag.get("poster"):
        candidates.append(str(poster))
    addresses = {urldefrag(urljoin(page.address, one))[0] for one in candidates}
    if "canonical" in kinds:
        page.canonical = next(iter(addresses))
    elif "alternate" in kinds and tag.get("hreflang"):
        page.languages[str(tag["hreflang"])] = next(iter(addresses))
    elif "alternate" in kinds:
        page.feeds |= addresses
    elif not kinds & ANNOUNCED:
        page.embedded |= addresses


def path_of(address: str) -> str:
    """As it is said to people."""
    found = urlsplit(address)
    return unquote(found.path) + (f"?{found.query}" if found.query else "")
