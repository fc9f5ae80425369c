"""What search knows: news/searchindex.py writes it, news/search.py asks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from .article import Article
from .language import LanguageField
from .schedule import EARLIEST

# An entry's key is the second of its publication, and below it the article's id in so many bits:
# both fit a bigint until the year 2172 and the thousand-millionth article.
ID_BITS = 30


class SearchEntryQuerySet(models.QuerySet):
    def public(self, at: datetime) -> SearchEntryQuerySet:
        """`ArticleQuerySet.public()` to the second; whoever shows an article asks that as well."""
        appeared = self.placed().filter(place__lt=SearchEntry.first_key(at + timedelta(seconds=1)))
        return appeared.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), on_schedule=True)

    def within(self, start: datetime, end: datetime) -> SearchEntryQuerySet:
        """Published from one moment on and before another."""
        first, beyond = SearchEntry.first_key(start), SearchEntry.first_key(end)
        return self.placed().filter(place__gte=first, place__lt=beyond)

    def placed(self) -> SearchEntryQuerySet:
        """With the key as `place`, in a form that hides its index from PostgreSQL's planner.

        There it would look for matches one entry after the other, from the newest on, and read all
        the words of each: the planner does not know how much longer than a comparison that takes.
        """
        place = ExpressionWrapper(F("key") + 0, output_field=models.BigIntegerField())
        return self.alias(place=place)


class SearchEntry(models.Model):
    """One article, in any state, as search finds, filters and ranks it.

    The newest entries are those with the greatest keys, however late an old article is imported.
    The words themselves are in two columns on PostgreSQL and in a full-text table on SQLite, which
    the migration makes; `ranking` is what they are weighed by on both.
    """

    key = models.BigIntegerField(primary_key=True)
    article = models.OneToOneField(Article, models.CASCADE, related_name="search_entry")
    language = LanguageField()
    # No foreign key: nothing of a category is read through it, and an index of it would only cost.
    category_id = models.BigIntegerField()
    on_schedule = models.BooleanField()
    expires_at = models.DateTimeField(null=True)
    ranking = models.TextField()
    digest = models.BigIntegerField()  # Of all words, to see whether they are still these.
    vector = SearchVectorField(null=True)  # Words and marks: what the index is made of.
    places = SearchVectorField(null=True)  # Words with their positions, read for phrases alone.

    objects = SearchEntryQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.article_id)

    @staticmethod
    def first_key(moment: datetime) -> int:
        """The smallest key of what is published in the moment's second or later."""
        return int((moment.astimezone(UTC) - EARLIEST).total_seconds()) << ID_BITS

    @staticmethod
    def year_of(key: int) -> int:
        """The year, in UTC, of the publication that a key stands for."""
        return (EARLIEST + timedelta(seconds=key >> ID_BITS)).year

    @classmethod
    def key_of(cls, article: Article) -> int:
        return cls.first_key(article.published_at) + article.pk


class KnownWord(models.Model):
    """A word of a title, under one of the spellings that lead to it: see news/spelling.py."""

    # All of it in one text: a row that a fixture brings replaces the one that is there.
    id = models.CharField(primary_key=True, max_length=140)
    language = LanguageField()
    spelling = models.CharField(max_length=60)
    word = models.CharField(max_length=60, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["spelling", "language"], name="word_by_spelling")]

    def __str__(self) -> str:
        return self.word
