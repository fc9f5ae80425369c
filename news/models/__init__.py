"""What the newsroom stores."""

from .edition import Edition  # noqa: I001  (first: the others advance it)
from .taxonomy import Category, Tag
from .image import Image, PictureUse
from .status import ONCE_PUBLISHED, State, Status
from .queryset import ArticleQuerySet
from .article import Article
from .relatedpick import RelatedPick
from .counts import BrowsingVolume, DailyViews, MostRead, Refusal, RefusedViews
from .oldaddress import OldAddress

__all__ = [
    "ONCE_PUBLISHED",
    "Article",
    "ArticleQuerySet",
    "BrowsingVolume",
    "Category",
    "DailyViews",
    "Edition",
    "Image",
    "MostRead",
    "OldAddress",
    "PictureUse",
    "Refusal",
    "RefusedViews",
    "RelatedPick",
    "State",
    "Status",
    "Tag",
]
