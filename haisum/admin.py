"""Which admin site the project uses, and what is wired once all applications are loaded."""

from django.contrib.admin.apps import AdminConfig


class HaisumAdminConfig(AdminConfig):
    default_site = "news.adminsite.NewsroomAdminSite"

    def ready(self) -> None:
        from axes.signals import user_locked_out

        from haisum import checks, logs  # noqa: F401 - the checks register themselves

        user_locked_out.connect(logs.on_locked_out)
        super().ready()
