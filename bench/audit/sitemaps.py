"""Sitemaps: valid, and of the same pages that a crawl finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from bench.audit import tools, web
from bench.audit.crawl import Crawl, path_of
from bench.audit.findings import Finding
from bench.audit.stand import Stand
from bench.audit.web import Answer

FILES = ("/sitemap.xml", "/news-sitemap.xml")
NAMESPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
# Lists of what is mapped: search engines find them by their links.
LISTS = re.compile(r"\?page=\d+$|/archive/|/related/$")
SCHEMA = tools.ROOT / "tests/data/sitemaps/sitemap.xsd"


@dataclass
class Sitemaps:
    """What the files say together, an index with its parts."""

    files: int = 0
    pages: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def read(self, address: str, get: Callable[[str], Answer]) -> None:
        self.files += 1
        answer = get(address)
        if answer.status != 200:
            self.faults.append(f"{path_of(address)}: {answer.status}")
            return
        try:
            tree = etree.fromstring(answer.body)
        except etree.XMLSyntaxError as error:
            self.faults.append(f"{path_of(address)}: {error}")
            return
        self.faults += [f"{path_of(address)}: {fault}" for fault in invalid(tree)]
        self.pages |= {loc.text for loc in tree.iterfind("s:url/s:loc", NAMESPACES)}
        for loc in tree.iterfind("s:sitemap/s:loc", NAMESPACES):
            self.read(loc.text, get)


def audit(stand: Stand) -> Iterator[Finding]:
    sitemaps, news = Sitemaps(), Sitemaps()
    sitemaps.read(stand.url + FILES[0], web.get)
    news.read(stand.url + FILES[1], web.get)
    files, faults = sitemaps.files + news.files, sitemaps.faults + news.faults
    yield Finding("Sitemaps", "valid", f"{len(faults)} faults in {files} files", faults=faults)
    differing = list(differences(stand.crawl, sitemaps.pages))
    yield Finding(
        "Pages in sitemaps and pages found",
        "the same",
        f"{len(differing)} differ of {len(sitemaps.pages):,}",
        faults=differing,
    )


def invalid(tree: etree._Element) -> Iterator[str]:
    """What the schema forbids."""
    schema = etree.XMLSchema(file=SCHEMA)
    if not schema.validate(tree):
        yield from (f"line {error.line}: {error.message}" for error in schema.error_log)


def differences(crawl: Crawl, mapped: Iterable[str]) -> Iterator[str]:
    mapped = set(mapped)
    found = {page.address for page in crawl.pages.values() if page.is_indexable}
    for address in sorted(found - mapped):
        if not LISTS.search(address):
            yield f"{path_of(address)} is in no sitemap"
    yield from (f"{path_of(address)} was not found" for address in sorted(mapped - found))
