"""Which article a page of the old site is, if it is one already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from django.utils import timezone

from news.models import Article, Category, OldAddress

from .addresses import place_of
from .page import Page, PageError


@dataclass(frozen=True)
class Arrival:
    """A page with what is known about it from outside: its file, and its old addresses.

    `number` is its article number on the old site; `category` is the one its column is mapped to,
    or the one that was asked for, or None.
    """

    file: Path
    page: Page
    addresses: tuple[str, ...] = ()
    number: int | None = None
    category: Category | None = None

    @property
    def published_at(self) -> datetime:
        """The old site knew days alone: midnight in the site's time zone."""
        return datetime.combine(self.page.day, time.min, timezone.get_default_timezone())

    @property
    def identity(self) -> tuple[str, datetime]:
        return self.page.title, self.published_at


@dataclass
class Register:
    """Recognises articles by old address, or else by title and date.

    One article can have stood in several columns, so several files of a run can be one article:
    the first of them claims it, and its text counts.
    """

    language: str
    _claimed: dict[int, Arrival] = field(default_factory=dict)
    _addresses: dict[str, Arrival] = field(default_factory=dict)
    _unwritten: list[Arrival] = field(default_factory=list)

    def check_addresses(self, arrival: Arrival) -> None:
        """Raises `PageError` if another file of this run has an address but is another article."""
        for path in arrival.addresses:
            other = self._addresses.setdefault(path, arrival)
            if other.identity != arrival.identity:
                raise PageError(f"its old address {path} is also that of {other.file.name}")

    def find(self, arrival: Arrival) -> Article | None:
        """The article a page is. Raises `PageError` if its addresses contradict each other."""
        rows = list(OldAddress.objects.filter(path__in=arrival.addresses).select_related("article"))
        for row in rows:
            if row.article is None:
                raise PageError(f"its old address {row.path} already leads to {row.target}")
            if row.article.pk != rows[0].article_id:
                raise PageError(
                    f"its old addresses belong to two articles, {rows[0].article_id} and "
                    f"{row.article.pk}"
                )
            if row.article.language != self.language:
                raise PageError(f"its old address {row.path} belongs to the other language")
        return rows[0].article if rows else self._by_title_and_date(arrival)

    def claim(self, article: Article, arrival: Arrival) -> None:
        self._claimed.setdefault(article.pk, arrival)

    def claim_unwritten(self, arrival: Arrival) -> None:
        """Remember an article that only a real run would have created."""
        self._unwritten.append(arrival)

    def claimed_before(self, article: Article, arrival: Arrival) -> bool:
        """Whether another file of this run is this article already."""
        return self._claimed.get(article.pk, arrival).file != arrival.file

    def unwritten(self, arrival: Arrival) -> Arrival | None:
        """The file of this run whose article, not written in a dry run, a page is as well."""
        for other in self._unwritten:
            shared = set(other.addresses) & set(arrival.addresses)
            same = other.identity == arrival.identity and (
                None in (other.number, arrival.number) or other.number == arrival.number
            )
            if shared or same:
                return other
        return None

    def _by_title_and_date(self, arrival: Arrival) -> Article | None:
        begin = arrival.published_at
        candidates = Article.objects.filter(
            language=self.language,
            title=arrival.page.title,
            published_at__gte=begin,
            published_at__lt=begin + timedelta(days=1),
        ).order_by("pk")
        return next((a for a in candidates if not self._is_another(a, arrival)), None)

    def _is_another(self, article: Article, arrival: Arrival) -> bool:
        """Whether the old site's numbers show two articles of the same title and date."""
        places = [place_of(row.path) for row in article.old_addresses.all()]
        numbers = {place.article for place in places if place}
        claim = self._claimed.get(article.pk)
        if claim and claim.number is not None:
            numbers.add(claim.number)
        return bool(numbers) and arrival.number is not None and arrival.number not in numbers
