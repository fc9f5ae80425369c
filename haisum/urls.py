"""Every address of the site."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from haisum.health import healthz
from news import views

urlpatterns = [
    path("", views.root),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("robots.txt", views.robots),
    *i18n_patterns(path("", include("news.urls"))),
]

handler400 = "news.errors.bad_request"
handler403 = "news.errors.forbidden"
handler404 = "news.errors.not_found"
handler500 = "news.errors.server_error"
