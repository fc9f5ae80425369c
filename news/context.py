"""What every public page's frame needs."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from news.models import Category


def frame(request: HttpRequest) -> dict[str, object]:
    """The menu's categories; read only by pages that have a menu."""
    language = get_language()
    return {
        "menu": SimpleLazyObject(lambda: list(Category.objects.filter(language=language))),
    }
