"""The picture library, and the window in which the editor's picture dialog picks from it."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from news import workflow
from news.models import Image
from news.pictures import safe_picture

PER_PAGE = 24


class ImageForm(forms.ModelForm):
    class Meta:
        model = Image
        fields = ["file", "title", "alt", "caption"]
        # Not Django's own picture field: it would open the file with every decoder Pillow has, and
        # answer before `safe_picture` with a sentence that does not say what is wrong.
        field_classes = {"file": forms.FileField}
        widgets = {"file": forms.ClearableFileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "title" in self.fields:
            self.fields["title"].required = False
        if "file" in self.fields:
            self.fields["file"].max_length = None  # It is stored under another name anyway.

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        self.file_name = PurePath(file.name or "").stem
        return safe_picture(file)

    def clean(self):
        super().clean()
        title = (
            self.cleaned_data.get("title") or getattr(self, "file_name", "") or self.instance.title
        )
        self.cleaned_data["title"] = title[:200]


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin):
    form = ImageForm
    list_display = ["thumbnail", "title", "alt", "size", "uploaded_at"]
    list_display_links = ["thumbnail", "title"]
    search_fields = ["title", "alt", "caption"]
    date_hierarchy = "uploaded_at"
    list_per_page = 50

    @admin.display(description=_("picture"))
    def thumbnail(self, image: Image) -> str:
        return format_html(
            '<img class="cover-thumb" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            image.file.url,
            image.alt or image.title,
            image.width,
            image.height,
        )

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    def save_model(self, request: HttpRequest, obj: Image, form, change: bool) -> None:
        if not change:
            obj.uploaded_by = request.user
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or workflow.may_change_picture(request.user, obj)
        )

    def get_deleted_objects(self, objs, request: HttpRequest):
        """Of a cover, say which articles it belongs to, not that nobody may delete articles."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set() if protected else perms_needed, protected

    def get_urls(self):
        pick = self.admin_site.admin_view(self.pick_view)
        return [path("pick/", pick, name="news_image_pick"), *super().get_urls()]

    def pick_view(self, request: HttpRequest) -> HttpResponse:
        """The library as CKEditor's picture dialog opens it: one click puts a picture there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.get("q", "").replace("\x00", " ").strip()
        images = Image.objects.all()
        for word in query.split()[:8]:
            images = images.filter(
                Q(title__icontains=word) | Q(alt__icontains=word) | Q(caption__icontains=word)
            )
        dialog = {"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Choose a picture"),
            "is_popup": True,
            "page": Paginator(images, PER_PAGE).get_page(request.GET.get("page")),
            "query": query,
            "dialog": dialog["CKEditorFuncNum"],
            "upload_url": f"{reverse('admin:news_image_add')}?{urlencode({'pick': 1} | dialog)}",
            "may_upload": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/news/image/pick.html", context)

    def response_add(self, request: HttpRequest, obj: Image, post_url_continue=None):
        if "pick" in request.GET:
            dialog = urlencode({"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")})
            return HttpResponseRedirect(f"{reverse('admin:news_image_pick')}?{dialog}")
        return super().response_add(request, obj, post_url_continue)
