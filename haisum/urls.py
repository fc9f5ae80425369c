"""Every address of the site."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from haisum.health import healthz, readyz
from haisum.metrics import metrics
from news import sitemaps, views
from news.admin import passwords

urlpatterns = [
    path("", views.root),
    path("admin/password_reset/", passwords.forgotten, name="admin_password_reset"),
    path("admin/password_reset/done/", passwords.sent, name="password_reset_done"),
    path("admin/reset/<uidb64>/<token>/", passwords.choose, name="password_reset_confirm"),
    path("admin/reset/done/", passwords.chosen, name="password_reset_complete"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("robots.txt", views.robots),
    path("favicon.ico", views.icon, {"name": "img/favicon.ico"}),
    path("apple-touch-icon.png", views.icon, {"name": "img/apple-touch-icon.png"}),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:section>-<int:number>.xml", sitemaps.part, name="sitemap_part"),
    path("news-sitemap.xml", sitemaps.latest, name="news_sitemap"),
    *i18n_patterns(path("", include("news.urls"))),
]

handler400 = "news.errors.bad_request"
handler403 = "news.errors.forbidden"
handler404 = "news.oldaddresses.answer_or_not_found"
handler500 = "news.errors.server_error"
