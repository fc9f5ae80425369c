"""The newsroom's side of Django admin."""

from .article import ArticleAdmin
from .attachment import AttachmentAdmin
from .counts import BrowsingVolumeAdmin, RefusedViewsAdmin
from .image import ImageAdmin
from .oldaddresses import OldAddressAdmin
from .pages import PageAdmin
from .people import UserAdmin
from .site import SiteAdmin
from .terms import CategoryAdmin, TagAdmin

__all__ = [
    "ArticleAdmin",
    "AttachmentAdmin",
    "BrowsingVolumeAdmin",
    "CategoryAdmin",
    "ImageAdmin",
    "OldAddressAdmin",
    "PageAdmin",
    "RefusedViewsAdmin",
    "SiteAdmin",
    "TagAdmin",
    "UserAdmin",
]
