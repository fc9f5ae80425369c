"""What a crawl must find in order: links, titles, canonicals, languages, and every article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

from bench.audit.crawl import START, Crawl, path_of
from bench.audit.findings import Finding
from bench.audit.stand import Stand


def audit(stand: Stand) -> Iterator[Finding]:
    crawl, articles = stand.crawl, stand.public_articles()
    indexable = sum(page.is_indexable for page in crawl.pages.values())
    for what, measured, faults in (
        (
            "Broken links, pictures, styles and scripts",
            f"of {len(crawl.pages):,} addresses",
            broken(crawl),
        ),
        ("Links that lead to a redirect", "", redirected(crawl)),
        ("Duplicate titles", f"of {indexable:,} pages", same_titles(crawl)),
        ("Pages without exactly one h1", "", without_heading(crawl)),
        ("Canonicals that lead astray", "", astray(crawl)),
        ("Languages that do not point back", "", one_sided(crawl)),
        ("Articles that nothing links to", f"of {len(articles):,}", unlinked(crawl, articles)),
    ):
        found = list(faults)
        yield Finding(what, "0", f"{len(found)} {measured}".rstrip(), faults=found)


def broken(crawl: Crawl) -> Iterator[str]:
    """What is linked and not answered with 200, in the end; fragments that are nowhere."""
    said = set()
    for page, address in crawl.linking():
        there = crawl.pages[address]
        if there.status != 200 and not there.target and address not in said:
            said.add(address)
            yield f"{path_of(address)} ({there.status}, from {path_of(page.address)})"
        for fragment in page.links.get(address, ()):
            if there.status == 200 and fragment not in there.anchors:
                yield f"{path_of(address)}#{fragment} (from {path_of(page.address)})"


def redirected(crawl: Crawl) -> Iterator[str]:
    for page, address in crawl.linking():
        if (target := crawl.pages[address].target) and address != urljoin(crawl.site, START):
            yield f"{path_of(address)} -> {path_of(target)} (from {path_of(page.address)})"


def same_titles(crawl: Crawl) -> Iterator[str]:
    pages = defaultdict(list)
    for page in crawl.pages.values():
        if page.is_indexable:
            pages[page.title].append(path_of(page.address))
    for title, addresses in pages.items():
        if len(addresses) > 1 or not title:
            yield f"“{title}”: {', '.join(addresses)}"


def without_heading(crawl: Crawl) -> Iterator[str]:
    for page in crawl.pages.values():
        if page.status == 200 and page.kind == "text/html" and page.headings != 1:
            yield f"{path_of(page.address)}: {page.headings}"


def astray(crawl: Crawl) -> Iterator[str]:
    """Pages for search engines name themselves, or another one of these."""
    for page in crawl.pages.values():
        if page.status != 200 or page.kind != "text/html" or page.is_closed:
            continue
        there = crawl.pages.get(page.canonical or "")
        if there is None or not there.is_indexable:
            yield f"{path_of(page.address)}: {path_of(page.canonical or 'none')}"


def one_sided(crawl: Crawl) -> Iterator[str]:
    """A page with versions in other languages names itself too, and each version names it."""
    for page in crawl.pages.values():
        if page.languages and page.address not in page.languages.values():
            yield f"{path_of(page.address)} does not name itself"
        for language, address in page.languages.items():
            there = crawl.pages.get(address)
            if there and not there.target and page.address not in there.languages.values():
                yield f"{path_of(page.address)} -> {language} {path_of(address)}"


def unlinked(crawl: Crawl, articles: Iterable[str]) -> Iterator[str]:
    linked = {address for page in crawl.pages.values() for address in page.links}
    yield from (path_of(address) for address in articles if address not in linked)
