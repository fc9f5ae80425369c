"""What the newsroom stores."""

from .edition import Edition  # noqa: I001  (first: the others advance it)
from .taxonomy import Category, Tag
from .library import LibraryFile
from .image import Image, PictureUse
from .attachment import Attachment, AttachmentUse, Kind
from .claim import claim
from .status import ONCE_PUBLISHED, Lack, State, Status
from .queryset import SEARCHED, ArticleQuerySet, articles_changed, searched, span
from .article import Article
from .relatedpick import RelatedPick
from .counts import BrowsingVolume, DailyViews, MostRead, Refusal, RefusedViews
from .oldaddress import OldAddress, OldAddressQuerySet
from .page import Page
from .search import KnownWord, SearchEntry, SearchEntryQuerySet
from .site import Site, SiteText, SocialLink
from .staff import PreviewLink, Profile
from .version import WORKED_ON, Stage, StatusChange, Version

__all__ = [
    "ONCE_PUBLISHED",
    "SEARCHED",
    "WORKED_ON",
    "Article",
    "ArticleQuerySet",
    "Attachment",
    "AttachmentUse",
    "BrowsingVolume",
    "Category",
    "DailyViews",
    "Edition",
    "Image",
    "Kind",
    "KnownWord",
    "Lack",
    "LibraryFile",
    "MostRead",
    "OldAddress",
    "OldAddressQuerySet",
    "Page",
    "PictureUse",
    "PreviewLink",
    "Profile",
    "Refusal",
    "RefusedViews",
    "RelatedPick",
    "SearchEntry",
    "SearchEntryQuerySet",
    "Site",
    "SiteText",
    "SocialLink",
    "Stage",
    "State",
    "Status",
    "StatusChange",
    "Tag",
    "Version",
    "articles_changed",
    "claim",
    "searched",
    "span",
]
