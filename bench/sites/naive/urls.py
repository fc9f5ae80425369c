"""The naive site's one address."""

from django.urls import path

from bench.sites.naive import views

urlpatterns = [path("news/<slug:slug>/", views.article, name="article")]
