"""Puts the demo into the database through the models' own doors: all of it, or nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils import timezone

from news import attachments, edition, library
from news.models import (
    Article,
    Attachment,
    BrowsingVolume,
    Category,
    DailyViews,
    Image,
    LibraryFile,
    MostRead,
    State,
    Status,
    Tag,
)
from news.models.slugs import slug_for
from news.pictures import AT_ONCE, prepared

from . import site
from .desk import lay_out
from .papers import PAPERS, Paper
from .pictures import PICTURES
from .texts import ArticleText, Texts, key_of, read_texts

COUNTED_DAYS = 30  # Views before that are what the old site carried over.

_STATUSES = {
    State.DRAFT: Status.DRAFT,
    State.IN_REVIEW: Status.IN_REVIEW,
    State.WITHDRAWN: Status.WITHDRAWN,
}
_PLURALS = {
    "article": "articles",
    "picture": "pictures",
    "file": "files",
    "category": "categories",
    "tag": "tags",
    "page": "pages",
    "site": "sites",
}


def seed(drawn: Mapping[str, LibraryFile]) -> Counter[str]:
    """Create what is missing of the demo, and say how much of what."""
    now = timezone.now()
    with edition.change():
        created = _Seeding(now, drawn).run(read_texts())
        MostRead.objects.refresh(now)  # Or else nobody would see them before the next full hour.
    return created


@contextmanager
def drawn() -> Iterator[dict[str, LibraryFile]]:
    """The demo's pictures and files by their keys, those that the libraries do not have ready to be
    saved.

    Drawing them and making their sizes takes half a minute of work: not inside a transaction.
    """
    by_title = {image.title: image for image in Image.objects.all()}
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        images: dict[str, Future[Image]] = {}
        for key, picture in PICTURES.items():
            if picture.title in by_title:
                images[key] = _already(by_title[picture.title])
                continue
            file = ContentFile(picture.jpeg(), name=f"{key}.jpg")
            digest = library.digest_of(file)
            if image := library.known(Image, digest):  # Staff gave it another title.
                images[key] = _already(image)
                continue
            new = prepared(file, digest, title=picture.title, alt=picture.alt)
            images[key] = pool.submit(stack.enter_context, new)
        files = {key: _file_of(paper, key, stack) for key, paper in PAPERS.items()}
        yield {key: image.result() for key, image in images.items()} | files


def _file_of(paper: Paper, key: str, stack: ExitStack) -> Attachment:
    content = ContentFile(paper.pdf(), name=f"{key}.pdf")
    digest = library.digest_of(content)
    if attachment := library.known(Attachment, digest):
        return attachment
    return stack.enter_context(attachments.prepared(content, digest, title=paper.title))


def _already(image: Image) -> Future[Image]:
    future: Future[Image] = Future()
    future.set_result(image)
    return future


def in_words(created: Counter[str]) -> str:
    words = [
        f"{number} {noun if number == 1 else _PLURALS[noun]}"
        for noun, number in created.items()
        if number
    ]
    return f"{', '.join(words)} created" if words else "already there"


def is_seeded() -> bool:
    ours = Q(pk__in=[])
    for texts in read_texts():
        keys = [text.translation_key for text in texts.articles]
        ours |= Q(language=texts.language, translation_key__in=keys)
    return Article.objects.filter(ours).exists()


class _Seeding:
    """One run: the moment it counts from, and what it has created."""

    def __init__(self, now: datetime, drawn: Mapping[str, LibraryFile]):
        self.now = now
        self.drawn = drawn
        self.created = Counter(dict.fromkeys(_PLURALS, 0))
        staff = User.objects.in_bulk(["author", "editor"], field_name="username")
        self.author, self.editor = staff.get("author"), staff.get("editor")

    def run(self, texts: list[Texts]) -> Counter[str]:
        for language in texts:
            self._language(language)
        self.created += site.found(self.editor)
        return self.created

    def _language(self, texts: Texts) -> None:
        categories, tags = self._terms(texts)
        articles: dict[str, Article] = {}
        missing = []
        # Oldest first: a text links to older ones only, whose numbers are known by then.
        for text in sorted(texts.articles, key=lambda text: -text.days_ago):
            mark = {"translation_key": text.translation_key, "language": text.language}
            if existing := Article.objects.filter(**mark).first():
                articles[text.key] = existing
                continue
            article = self._article(text, articles, category=categories[text.category], **mark)
            article.tags.set([tags[key] for key in text.tags])
            articles[text.key] = article
            missing.append(text)
        for text in missing:
            for position, key in enumerate(text.related):
                articles[text.key].related_picks.create(related=articles[key], position=position)
        if self.author and self.editor:
            lay_out(texts.desk, articles, {"author": self.author, "editor": self.editor}, self.now)

    def _terms(self, texts: Texts) -> tuple[dict[str, Category], dict[str, Tag]]:
        language = texts.language
        categories = {
            key: self._term(
                Category,
                language,
                position=position,
                translation_key=key_of(f"category:{key}"),
                **term,
            )
            for position, (key, term) in enumerate(texts.categories.items())
        }
        tags = {
            key: self._term(
                Tag,
                language,
                name=name,
                slug=slug_for(name),
                translation_key=key_of(f"tag:{key}"),
            )
            for key, name in texts.tags.items()
        }
        return categories, tags

    def _term(self, model: Any, language: str, **fields: Any) -> Any:
        same = Q(name=fields["name"]) | Q(slug=fields["slug"])
        if existing := model.objects.filter(same, language=language).first():
            return existing
        self.created[model._meta.model_name] += 1
        return model.objects.create(language=language, **fields)

    def _article(self, text: ArticleText, articles: dict[str, Article], **fields: Any) -> Article:
        article = Article(
            **fields,
            **self._moments(text),
            **self._people(text),
            title=text.title,
            summary=text.summary,
            body=text.html(self._img, self._link, lambda key: articles[key].get_absolute_url()),
            cover=self._image(text.cover) if text.cover else None,
            cover_alt=text.cover_alt,
            source=text.source,
            source_url=text.source_url,
            status=_STATUSES.get(State(text.state), Status.PUBLISHED),
        )
        article.full_clean(exclude=["slug"])  # Saving makes it.
        article.save()
        self._count(article, text)
        self.created["article"] += 1
        return article

    def _moments(self, text: ArticleText) -> dict[str, datetime | None]:
        expired, pinned = timedelta(days=text.expired_days_ago), timedelta(days=text.pinned_days)
        return {
            "published_at": text.published_at(self.now),
            "expires_at": self.now - expired if expired else None,
            "pinned_until": self.now + pinned if pinned else None,
            "binned_at": self.now if text.state == State.BINNED else None,
        }

    def _people(self, text: ArticleText) -> dict[str, User | None]:
        is_own = text.state == State.DRAFT
        last = self.author if text.state in (State.DRAFT, State.IN_REVIEW) else self.editor
        return {
            "created_by": self.author,
            "modified_by": last,
            "editor": self.author if is_own else self.editor,
        }

    def _img(self, key: str, alt: str) -> str:
        return f'<img src="{self._image(key).url}" alt="{alt}">'

    def _link(self, key: str, words: str) -> str:
        return f'<a href="{self._saved(key, "file").file.url}">{words}</a>'

    def _image(self, key: str) -> Any:
        return self._saved(key, "picture")

    def _saved(self, key: str, noun: str) -> Any:
        file = self.drawn[key]
        if file.pk is None:
            self.created[noun] += 1
            file.uploaded_by = self.editor
            file.save()
        return file

    def _count(self, article: Article, text: ArticleText) -> None:
        """The number readers see, and the days it was counted on."""
        if not text.carried_over + text.views:
            return
        BrowsingVolume.objects.create(
            article=article,
            carried_over=text.carried_over,
            total=text.carried_over + text.views,
        )
        DailyViews.objects.bulk_create(
            DailyViews(article=article, day=day, views=views)
            for day, views in _by_day(text, article, self.now).items()
            if views
        )


def _by_day(text: ArticleText, article: Article, now: datetime) -> dict[Any, int]:
    """The views spread over the days on which the article was public: most of them at first."""
    chance = random.Random(f"{text.language}:{text.key}")
    last = timezone.localdate(article.expires_at or now)
    first = max(timezone.localdate(article.published_at), last - timedelta(COUNTED_DAYS - 1))
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    weights = [chance.uniform(0.6, 1.4) / (number + 1) ** 0.6 for number in range(len(days))]
    views, so_far, given = {}, 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        # Rounding the running sum, not each day, makes the days add up to the whole.
        so_far += weight * text.views / sum(weights)
        views[day] = round(so_far) - given
        given += views[day]
    return views
