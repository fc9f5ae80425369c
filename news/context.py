"""What every public page's frame needs."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from news.models import Article, Category


def frame(request: HttpRequest) -> dict[str, object]:
    """The menu: categories with something in them. Read only by pages that have a menu."""
    return {"menu": SimpleLazyObject(_menu)}


def _menu() -> list[Category]:
    filled = Exists(Article.objects.public().filter(category=OuterRef("pk")))
    return list(Category.objects.filter(filled, language=get_language()))
