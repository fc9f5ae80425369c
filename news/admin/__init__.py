"""The newsroom's side of Django admin."""

from .article import ArticleAdmin
from .counts import BrowsingVolumeAdmin, RefusedViewsAdmin
from .image import ImageAdmin
from .people import UserAdmin
from .terms import CategoryAdmin, OldAddressAdmin, TagAdmin

__all__ = [
    "ArticleAdmin",
    "BrowsingVolumeAdmin",
    "CategoryAdmin",
    "ImageAdmin",
    "OldAddressAdmin",
    "RefusedViewsAdmin",
    "TagAdmin",
    "UserAdmin",
]
