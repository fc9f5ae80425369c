"""What the demo's staff have under way: changes, submissions, what was sent back, schedules."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from news import versions, workflow
from news.models import Article
from news.transitions import TRANSITIONS

from .texts import Step, Work

TAKES_EFFECT = time(9, 0)  # Of what is scheduled, on its day.


def lay_out(
    works: list[Work], articles: dict[str, Article], staff: dict[str, User], now: datetime
) -> None:
    """Through the same doors as staff; articles that somebody worked on already stay as they are.

    Accounts of these names may be anybody's: nothing is done for those who may not do it.
    """
    author, editor = staff["author"], staff["editor"]
    if not (author.has_perm("news.change_article") and workflow.may_publish(editor)):
        return
    for work in works:
        article = Article.objects.get(pk=articles[work.article].pk)
        if article.versions.exists() or article.trail.exists():
            continue
        if work.replaces:
            _change(article, work, staff[work.by], now)
        for step in work.steps:
            _take(article, step, staff[step.by], now)


def _change(article: Article, work: Work, by: User, now: datetime) -> None:
    content = versions.live_content(article)
    for before, after in work.replaces.items():
        for name in ("title", "summary", "body"):
            content[name] = content[name].replace(before, after)
    versions.save(article, content, by, work.comment)
    kept = article.versions.order_by("-pk")
    kept.filter(pk=kept[0].pk).update(created_at=now - timedelta(hours=work.hours_ago))
    kept.filter(was_live=True).update(created_at=article.published_at)


def _take(article: Article, step: Step, by: User, now: datetime) -> None:
    transition = TRANSITIONS[step.transition]
    at = None
    if step.in_days:
        day = timezone.localdate(now) + timedelta(days=step.in_days)
        at = datetime.combine(day, TAKES_EFFECT, timezone.get_default_timezone())
    workflow.perform(transition, article.pk, by, comment=step.comment, at=at)
    made = article.trail.filter(pk=article.trail.values_list("pk")[:1])
    made.update(at=now - timedelta(hours=step.hours_ago))
