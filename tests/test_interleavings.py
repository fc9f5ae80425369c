"""Whatever readers, editors and the clock do in turn, the site answers as a simple model of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from news.models import Article, BrowsingVolume, DailyViews, Edition, RefusedViews, Status
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.conftest import Answer, Site
from tests.helpers import SITE_ZONE, make_article, make_category, make_user
from tests.processes import Process

EVENING = datetime(2026, 3, 4, 23, 58, 30, tzinfo=SITE_ZONE)  # Midnight is near.
TABLES = [
    "news_relatedpick",
    "news_mostread",
    "news_article_tags",
    "news_searchentry",
    "news_statuschange",
    "news_version",
    "news_article",
    "news_dailyviews",
    "news_browsingvolume",
    "news_refusedviews",
]
NUMBER = re.compile(r'class="facts-number">([^<]*)<')
TITLE = re.compile(r'class="article-title">([^<]*)<')
LINK = re.compile(r'class="(?:card|feature)-link" href="[^"]*">([^<]*)<')

CRAWLER = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
SPECULATIVE = {"sec_purpose": "prefetch"}

moments = st.sampled_from([-60, -1, 0, 1, 30, 90, 3600]).map(lambda s: timedelta(seconds=s))
lifetimes = st.none() | st.sampled_from([1, 30, 61, 3600]).map(lambda s: timedelta(seconds=s))
processes = st.sampled_from([0, 1])
titles = st.sampled_from("ABCD")


@dataclass
class Piece:
    """What the model knows of an article."""

    pk: int
    title: str
    published_at: datetime
    expires_at: datetime | None = None
    status: str = Status.DRAFT
    binned_at: datetime | None = None
    carried_over: int = 0
    days: Counter[date] = field(default_factory=Counter)

    @property
    def path(self) -> str:
        return f"/en/news/{self.pk}/same/"

    @property
    def number(self) -> int:
        return self.carried_over + self.days.total()

    def answers(self, at: datetime) -> int:
        """What its address answers: 410 only if readers can have seen it."""
        if self.is_public(at):
            return 200
        was_seen = self.status != Status.DRAFT and self.published_at <= at
        was_binned_before = self.binned_at is not None and self.binned_at < self.published_at
        return 410 if was_seen and not was_binned_before else 404

    def is_public(self, at: datetime) -> bool:
        is_over = self.binned_at or (self.expires_at is not None and self.expires_at <= at)
        return self.status == Status.PUBLISHED and self.published_at <= at and not is_over


class Newsroom(RuleBasedStateMachine):
    """Two web processes, an editor, readers and the clock, one after the other."""

    clock: Any
    staff_cookie: str
    editor: Any

    pieces = Bundle("pieces")

    def __init__(self) -> None:
        super().__init__()
        self.now = EVENING
        self.clock.move_to(self.now, tick=False)
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")
        Edition.objects.update(due_at=None)
        self.category = make_category()
        self.model: list[Piece] = []
        self.refused: Counter[str] = Counter()
        self.processes = [Process(), Process()]

    def teardown(self) -> None:
        for process in self.processes:
            process.end()
        for piece in self.model:
            days = dict(DailyViews.objects.filter(article=piece.pk).values_list("day", "views"))
            assert days == dict(piece.days)
            volume = BrowsingVolume.objects.filter(pk=piece.pk).first() or BrowsingVolume()
            assert (volume.carried_over, volume.total) == (piece.carried_over, piece.number)
        refused = RefusedViews.objects.values_list("reason", "views")
        tally: Counter[str] = Counter()
        for reason, views in refused:
            tally[reason] += views
        assert tally == self.refused

    # --- the editor

    @rule(target=pieces, title=titles)
    def write(self, title: str) -> Piece:
        return self._new(title, status=Status.DRAFT, published_at=self.now)

    @rule(target=pieces, title=titles, wait=moments, lifetime=lifetimes)
    def publish_at_once(self, title: str, wait: timedelta, lifetime: timedelta | None) -> Piece:
        at = self.now + wait
        expires_at = lifetime and at + lifetime
        return self._new(title, Status.PUBLISHED, at, expires_at)

    @rule(piece=pieces, wait=moments, lifetime=lifetimes)
    def schedule(self, piece: Piece, wait: timedelta, lifetime: timedelta | None) -> None:
        piece.status = Status.PUBLISHED
        piece.published_at = self.now + wait
        piece.expires_at = lifetime and piece.published_at + lifetime
        self._store(piece, "status", "published_at", "expires_at")

    @rule(piece=pieces, title=titles, in_bulk=st.booleans())
    def edit_title(self, piece: Piece, title: str, in_bulk: bool) -> None:
        piece.title = title
        if in_bulk:
            Article.objects.filter(pk=piece.pk).update(title=title)
        else:
            self._store(piece, "title")

    @rule(piece=pieces)
    def withdraw(self, piece: Piece) -> None:
        has_come = piece.published_at <= self.now
        if piece.status == Status.PUBLISHED and has_come and piece.binned_at is None:
            perform(TRANSITIONS["withdraw"], piece.pk, self.editor)
            piece.status = Status.WITHDRAWN

    @rule(piece=pieces)
    def bin_or_restore(self, piece: Piece) -> None:
        name = "restore" if piece.binned_at else "bin"
        perform(TRANSITIONS[name], piece.pk, self.editor)
        is_published = piece.status == Status.PUBLISHED
        if is_published and piece.binned_at and piece.binned_at < piece.published_at <= self.now:
            piece.status = Status.DRAFT  # It was to appear meanwhile.
        piece.binned_at = None if piece.binned_at else self.now

    @rule(piece=pieces, number=st.sampled_from([0, 7, 88]))
    def carry_over(self, piece: Piece, number: int) -> None:
        BrowsingVolume.objects.carry_over(piece.pk, number)
        piece.carried_over = number

    # --- the clock, and the machines

    @rule(passed=st.sampled_from([0.000001, 1, 29.999999, 30, 61, 3600]))
    def time_passes(self, passed: float) -> None:
        self._move_to(self.now + timedelta(seconds=passed))

    @rule(before=st.sampled_from([0, 1]))
    def the_next_moment_comes(self, before: int) -> None:
        coming = [m for p in self.model for m in (p.published_at, p.expires_at) if m]
        if later := [moment for moment in coming if moment > self.now]:
            instant = timedelta(microseconds=1)
            self._move_to(max(self.now, min(later) - before * instant))

    @rule(which=processes)
    def a_process_starts_anew(self, which: int) -> None:
        self.processes[which].end()
        self.processes[which] = Process()

    # --- readers

    @rule(piece=pieces, which=processes)
    def a_reader_comes(self, piece: Piece, which: int) -> None:
        answer = self.processes[which].get(piece.path)
        self._expect(piece, answer, counts=True)

    @rule(piece=pieces, which=processes, times=st.integers(2, 4))
    def a_reader_comes_back(self, piece: Piece, which: int, times: int) -> None:
        for turn in range(times):
            answer = self.processes[(which + turn) % 2].get(piece.path)
            self._expect(piece, answer, counts=True)

    @rule(piece=pieces, which=processes)
    def a_crawler_comes(self, piece: Piece, which: int) -> None:
        answer = self.processes[which].get(piece.path, **CRAWLER)
        self._expect(piece, answer, refused="crawler")

    @rule(piece=pieces, which=processes)
    def staff_come(self, piece: Piece, which: int) -> None:
        answer = self.processes[which].get(piece.path, cookie=self.staff_cookie)
        self._expect(piece, answer, refused="staff")

    @rule(piece=pieces, which=processes)
    def the_headers_are_asked_for(self, piece: Piece, which: int) -> None:
        answer = self.processes[which].head(piece.path)
        assert answer.status == piece.answers(self.now)
        assert answer.body == b""
        self.refused["head"] += answer.status == 200

    @rule(piece=pieces, which=processes)
    def a_browser_loads_it_in_advance(self, piece: Piece, which: int) -> None:
        answer = self.processes[which].get(piece.path, **SPECULATIVE)
        if piece.is_public(self.now):
            assert answer.status == 503
            self.refused["speculative"] += 1
        else:
            assert answer.status == piece.answers(self.now)

    @rule(piece=pieces, which=processes, title=titles, withdraws=st.booleans())
    def it_changes_while_its_page_is_made(
        self, piece: Piece, which: int, title: str, withdraws: bool
    ) -> None:
        """Whoever was promised a page before gets the one of after, or what the page was before."""
        process, before = self.processes[which], piece.answers(self.now)

        def change() -> None:
            process.after_render = lambda: None
            self.edit_title(piece, title, in_bulk=True)
            if withdraws:
                self.withdraw(piece)

        process.after_render = change
        answer = process.get(piece.path)
        process.after_render = lambda: None
        if before == 200:
            self._expect(piece, answer, counts=True)
        else:
            assert answer.status == before

    @rule(which=processes)
    def the_lists_are_read(self, which: int) -> None:
        public = [piece for piece in self.model if piece.is_public(self.now)]
        newest = sorted(public, key=lambda p: (p.published_at, p.pk), reverse=True)
        process = self.processes[which]
        found = LINK.findall(process.get("/en/news/").text)
        assert found == [piece.title for piece in newest[:9]]
        assert LINK.findall(process.get("/en/").text) == [piece.title for piece in newest[:7]]

    def _expect(
        self, piece: Piece, answer: Answer, counts: bool = False, refused: str = ""
    ) -> None:
        assert answer.status == piece.answers(self.now)
        if answer.status != 200:
            return
        if counts:
            piece.days[self.now.astimezone(SITE_ZONE).date()] += 1
        else:
            self.refused[refused] += 1
        assert TITLE.findall(answer.text) == [piece.title]
        assert NUMBER.findall(answer.text) == [str(piece.number)]

    def _new(self, title: str, status: str, published_at: datetime, expires_at=None) -> Piece:
        fields = {"status": status, "published_at": published_at, "expires_at": expires_at}
        article = make_article(title=title, slug="same", category=self.category, **fields)
        piece = Piece(article.pk, title, **fields)
        self.model.append(piece)
        return piece

    def _store(self, piece: Piece, *names: str) -> None:
        article = Article.objects.get(pk=piece.pk)
        for name in names:
            setattr(article, name, getattr(piece, name))
        article.save()

    def _move_to(self, moment: datetime) -> None:
        self.now = moment
        self.clock.move_to(moment, tick=False)


@pytest.mark.time_machine(EVENING, tick=False)
@pytest.mark.django_db(transaction=True)
def test_the_site_answers_as_the_model_whatever_happens_in_turn(time_machine):
    staff = Site()
    editor = make_user(group="Editor")
    staff.sign_in(editor)
    cookie = "; ".join(f"{name}={value}" for name, value in staff.cookies.items())
    machine = type(
        "Newsroom", (Newsroom,), {"clock": time_machine, "staff_cookie": cookie, "editor": editor}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            database=None,
        ),
    )
