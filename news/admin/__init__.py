"""The newsroom's side of Django admin."""

from .article import ArticleAdmin
from .image import ImageAdmin
from .terms import CategoryAdmin, OldAddressAdmin, TagAdmin

__all__ = ["ArticleAdmin", "CategoryAdmin", "ImageAdmin", "OldAddressAdmin", "TagAdmin"]
