"""The public addresses below a language."""

from django.urls import path, register_converter

from news import feeds, pages, preview, searchviews, views


class Year:
    regex = "(?:19|20)[0-9]{2}"
    to_python = int

    def to_url(self, value: int) -> str:
        return f"{value:04d}"


class Month:
    regex = "0[1-9]|1[0-2]"
    to_python = int

    def to_url(self, value: int) -> str:
        return f"{value:02d}"


register_converter(Year, "year")
register_converter(Month, "month")

app_name = "news"

urlpatterns = [
    path("", views.home, name="home"),
    path("news/", views.article_list, name="list"),
    path("news/search/", searchviews.search_page, name="search"),
    path("news/search/titles/", searchviews.search_titles, name="titles"),
    path("news/feed/", feeds.rss, name="feed"),
    path("news/feed/atom/", feeds.atom, name="atom"),
    path("news/category/<slug:slug>/", views.category, name="category"),
    path("news/category/<slug:slug>/feed/", feeds.rss, name="category_feed"),
    path("news/category/<slug:slug>/feed/atom/", feeds.atom, name="category_atom"),
    path("news/tag/<slug:slug>/", views.tag, name="tag"),
    path("news/archive/", views.archive, name="archive"),
    path("news/archive/<year:year>/", views.archive_of, name="archive"),
    path("news/archive/<year:year>/<month:month>/", views.archive_of, name="archive"),
    path("news/preview/<int:article_id>/", preview.preview, name="preview"),
    path("news/preview/link/<str:token>/", preview.linked, name="preview_link"),
    path("news/preview/page/<int:page_id>/", pages.preview, name="page_preview"),
    path("news/<int:article_id>/", views.article, name="article"),
    path("news/<int:article_id>/<str:slug>/", views.article, name="article"),
    path("news/<int:article_id>/<str:slug>/related/", views.related, name="related"),
    path("news/<int:article_id>/<str:slug>/qr.svg", views.qr, name="qr"),
    path("pages/<slug:slug>/", pages.page, name="page"),
]
