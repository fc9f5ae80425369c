"""The library of files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from news import attachments, downloads
from news.models import Attachment, AttachmentUse, Kind

from .library import LibraryAdmin, UseFilter, number_of
from .upload import upload_file

ACCEPTED = ",".join(f".{kind}" for kind in Kind.values)


@admin.register(Attachment)
class AttachmentAdmin(LibraryAdmin):
    """Files come by `upload_file` alone, where large ones may come; forms have only words."""

    change_form_template = "admin/news/attachment/change_form.html"
    list_display = ["title", "kind", "megabytes", "in_articles", "uploaded"]
    list_filter = [UseFilter, "kind"]
    search_fields = ["title", "name"]
    fields = ["title", "link", "name", "used_in"]
    readonly_fields = ["link", "name", "used_in"]
    upload_view = upload_file
    accepted = ACCEPTED
    limit = settings.FILE_MAX_BYTES
    words = {
        "label": _("Upload files, or drop them anywhere on this page"),
        "failed": _("The file did not arrive. Try again."),
        "forbidden": _("You are not allowed to add files."),
        "open": _("Look at it"),
        "left": _("Files on their way: %s"),
        "choose": _("Choose a file"),
        "nothing_found": _("No file matches these words."),
        "nothing_there": _("The library is empty. Upload the first file."),
        "replace": _(
            "Replace the file: choose another, or drop it anywhere on this page. It takes this "
            "one's place wherever that is used."
        ),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        texts = AttachmentUse.objects.filter(attachment=OuterRef("pk")).values("attachment")
        return super().get_queryset(request).annotate(articles=number_of(texts))

    @admin.display(description=_("size"), ordering="size")
    def megabytes(self, attachment: Attachment) -> str:
        return filesizeformat(attachment.size)

    @admin.display(description=_("file"))
    def link(self, attachment: Attachment) -> str:
        facts = downloads.facts(attachment)
        return format_html('<a class="file-link" href="{}">{}</a>', attachment.file.url, facts)

    def too_large(self) -> str:
        return attachments.too_large().messages[0]

    def upload_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().upload_context(request) | {"is_whole_request": True}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """There is no form for it: files are sent from the list."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:news_attachment_changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        attachment = self.get_object(request, unquote(object_id))
        may_replace = (
            attachment is not None
            and self.has_add_permission(request)
            and self.has_change_permission(request, attachment)
        )
        own = self.upload_context(request) | {
            "replaces": object_id,
            "may_upload": may_replace,
            "show_save_and_add_another": False,
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))
