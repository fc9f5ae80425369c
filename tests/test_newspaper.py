"""A thousand scheduled moments pass: at each, the pages change at that second and not before."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

import pytest
from django.db import connection

from news import edition, feeds, pagination, views
from news.models import Article, Edition, Status
from tests.helpers import SITE_ZONE, make_category
from tests.processes import Process

EVENING = datetime(2026, 3, 4, 22, 30, tzinfo=SITE_ZONE)
MIDNIGHT = datetime(2026, 3, 5, tzinfo=SITE_ZONE)
FULL_HOURS = [MIDNIGHT + timedelta(hours=hours) for hours in (-1, 0, 1)]
# PostgreSQL takes twice as long for each: there `make ops-test` has all of them.
MOMENTS = int(os.environ.get("MOMENTS", 250 if connection.vendor == "postgresql" else 1000))
LONGEST = 18_000 // MOMENTS  # Seconds between two, so that they last until after midnight.
INSTANT = timedelta(microseconds=1)  # The shortest time that the databases tell apart.
ON_LIST, ON_HOME, IN_FEED = 3, 2, 4  # Small pages are made fast.


@dataclass
class Plan:
    """An article's schedule."""

    title: str
    appears: datetime
    expires: datetime | None = None
    pinned: datetime | None = None
    pk: int = 0

    def is_public(self, at: datetime) -> bool:
        return self.appears <= at and not (self.expires and self.expires <= at)

    def status(self, at: datetime) -> int:
        if self.is_public(at):
            return 200
        return 410 if self.appears <= at else 404

    @property
    def path(self) -> str:
        return f"/en/news/{self.pk}/plan/"

    @property
    def moments(self) -> set[datetime]:
        return {m for m in (self.appears, self.expires, self.pinned) if m and m > EVENING}


def seconds_of_the_night() -> list[datetime]:
    """Distinct ones, the full hours among them."""
    random, at, moments = Random(20260304), EVENING, set(FULL_HOURS)
    while len(moments) < MOMENTS:
        at += timedelta(seconds=random.randint(1, LONGEST))
        moments.add(at)
    assert at > FULL_HOURS[-1]
    return sorted(moments)


def plans_for(moments: list[datetime]) -> list[Plan]:
    """At every moment one article appears, or expires, or is no longer on top; or several do."""
    plans = [Plan(f"Always {n}", EVENING - timedelta(days=n + 1)) for n in range(30)]
    pinned = 0
    for place, moment in enumerate(moments):
        if place % 5 in (0, 2):
            expires = moments[place + 1 : place + 2]  # Soon, so that the list changes by it too.
            plans.append(Plan(f"Appears {place}", moment, *expires))
        if place % 5 == 4 or place % 20 == 0:
            # Of those that are pinned the newest is on top: the one whose time is over first.
            pinned += 1
            appeared = EVENING - timedelta(days=100, minutes=pinned)
            plans.append(Plan(f"Pinned {place}", appeared, pinned=moment))
        if place % 50 == 0:
            plans.append(Plan(f"Stays {place}", moment))
    return plans


@pytest.fixture
def plans() -> list[Plan]:
    plans = plans_for(seconds_of_the_night())
    category = make_category()
    articles = Article.objects.bulk_create(
        [
            Article(
                title=plan.title,
                slug="plan",
                body="<p>Text.</p>",
                category=category,
                status=Status.PUBLISHED,
                published_at=plan.appears,
                expires_at=plan.expires,
                pinned_until=plan.pinned,
            )
            for plan in plans
        ]
    )
    for plan, article in zip(plans, articles, strict=True):
        plan.pk = article.pk
    return plans


@pytest.fixture
def _small_pages(monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", ON_LIST)
    monkeypatch.setattr(views, "NEWEST_ON_HOME", ON_HOME)
    monkeypatch.setattr(views, "PER_SECTION", 1)
    monkeypatch.setattr(views, "RELATED_BESIDE", 1)
    monkeypatch.setattr(feeds, "NEWEST", IN_FEED)


@pytest.fixture
def processes() -> Iterator[tuple[Process, Process]]:
    both = Process(), Process()
    yield both
    for process in both:
        process.end()


class Newspaper:
    """What the pages must show at a moment."""

    def __init__(self, plans: list[Plan], at: datetime) -> None:
        self.at = at
        public = [plan for plan in plans if plan.is_public(at)]
        self.newest = sorted(public, key=lambda p: (p.appears, p.pk), reverse=True)
        on_top = [plan for plan in self.newest if plan.pinned and plan.pinned > at]
        self.featured = (on_top or self.newest)[0]

    def list(self) -> list[str]:
        return [plan.title for plan in self.newest[:ON_LIST]]

    def home(self) -> list[str]:
        beside = [plan for plan in self.newest[: ON_HOME + 1] if plan is not self.featured]
        return [plan.title for plan in (self.featured, *beside[:ON_HOME])]

    def feed(self) -> list[str]:
        return [plan.title for plan in self.newest[:IN_FEED]]


LINK = re.compile(r'class="(?:card|feature)-link" href="[^"]*">([^<]*)<')
ITEM = re.compile(r"<item><title>([^<]*)<")


class Visitor:
    """Looks at one page of one process, and knows what it must show."""

    def __init__(self, page: str, process: Process) -> None:
        self.page = page
        self.process = process

    def look(self, paper: Newspaper, about: list[Plan]) -> None:
        match self.page:
            case "list":
                assert LINK.findall(self.process.get("/en/news/").text) == paper.list()
            case "home":
                top = self.process.get("/en/").text.partition('class="section block"')[0]
                assert LINK.findall(top) == paper.home()
            case "feed":
                assert ITEM.findall(self.process.get("/en/news/feed/").text) == paper.feed()
            case "article":
                for plan in about:
                    assert self.process.get(plan.path).status == plan.status(paper.at)


@pytest.mark.time_machine(EVENING, tick=False)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_small_pages")
def test_scheduled_moments_pass_each_at_its_second_whoever_comes_first(
    time_machine, plans, processes
):
    moments = sorted({moment for plan in plans for moment in plan.moments})
    assert len(moments) == MOMENTS
    here, there = processes
    home, *others = (Visitor(page, here) for page in ("home", "list", "article"))
    regulars = {True: [home], False: others}
    first_ones = cycle(
        [home, *others, *(Visitor(page, there) for page in ("list", "article", "feed"))]
    )
    number = edition.current().number
    paper = Newspaper(plans, EVENING)
    for place, moment in enumerate(moments):
        # By turns, each for a while: what they saw last is what must still be there.
        everybody = regulars[place % 100 < 60]
        about = [plan for plan in plans if moment in (plan.appears, plan.expires)]
        time_machine.move_to(moment - INSTANT, tick=False)
        for visitor in everybody:
            visitor.look(paper, about)
        assert Edition.objects.get().number == number
        time_machine.move_to(moment, tick=False)
        paper = Newspaper(plans, moment)
        for visitor in (next(first_ones), *everybody):
            visitor.look(paper, about)
        number += 1
        assert Edition.objects.get().number == number
