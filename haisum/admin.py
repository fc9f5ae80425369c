"""Which admin site the project uses."""

from django.contrib.admin.apps import AdminConfig


class HaisumAdminConfig(AdminConfig):
    default_site = "news.adminsite.NewsroomAdminSite"
