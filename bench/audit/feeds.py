"""The feeds that pages name, as feed readers judge them."""

from __future__ import annotations

from collections.abc import Iterator

import feedparser

from bench.audit import web
from bench.audit.crawl import path_of
from bench.audit.findings import Finding
from bench.audit.stand import Stand


def audit(stand: Stand) -> Iterator[Finding]:
    feeds = sorted({feed for page in stand.crawl.pages.values() for feed in page.feeds})
    bad = [fault for feed in feeds for fault in amiss(feed, web.get(feed).body)]
    yield Finding(
        "Feeds that pages name",
        "valid",
        f"{len(bad)} faults in {len(feeds)}",
        faults=bad if feeds else ["no page names a feed"],
    )


def amiss(address: str, body: bytes) -> Iterator[str]:
    """What feedparser and feed readers would not like."""
    feed = feedparser.parse(body)
    where = path_of(address)
    if feed.bozo:
        yield f"{where}: {feed.bozo_exception}"
    if not feed.entries:
        yield f"{where}: has no entries"
    ids = [entry.get("id") for entry in feed.entries]
    if None in ids or len(set(ids)) < len(ids):
        yield f"{where}: entries without ids of their own"
    selves = [link.href for link in feed.feed.get("links", []) if link.rel == "self"]
    if selves != [address]:
        yield f"{where}: says of itself that it is {selves}"
