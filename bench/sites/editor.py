"""An editor at work: saves the newest article every second, until its input ends."""

from __future__ import annotations

import select
import sys

import django

django.setup()

from news.models import Article  # noqa: E402


def publish() -> None:
    article = Article.objects.public().newest_first()[0]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    ended = False
    while not ended:
        article.save()
        ended = bool(select.select([sys.stdin], [], [], 1)[0])


if __name__ == "__main__":
    publish()
