"""The picture library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from news import pictures, versions, workflow
from news.models import Article, Image, PictureUse

from .inuse import in_frame, named
from .pick import pick_view
from .upload import upload_view

KIND_NAMES = {"avif": "AVIF", "webp": "WebP", "jpg": "JPEG", "png": "PNG"}
ACCEPTED = ".jpg,.jpeg,.png,.webp,.gif,.avif"


class ImageForm(forms.ModelForm):
    """The admin has made the picture's files before the form looks at them: it takes seconds."""

    prepared: Image | None = None
    refused: ValidationError | None = None

    class Meta:
        model = Image
        fields = ["file", "title", "alt", "caption"]
        widgets = {"file": forms.FileInput(attrs={"accept": ACCEPTED})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "title" in self.fields:
            self.fields["title"].required = False
        if "file" in self.fields:
            self.fields["file"].max_length = None  # It is stored under another name anyway.
            if self.instance.pk:
                self.fields["file"].help_text = _(
                    "Another file takes this one's place wherever the picture is used."
                )

    def clean_file(self):
        if self.refused:
            raise self.refused
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        if self.prepared is None:  # What was not written anew is never stored.
            raise ValidationError(self.fields["file"].error_messages["required"])
        # The old file stays until the picture is saved: a refused form goes on showing it.
        return self.instance.file if self.instance.pk else self.prepared.file

    def clean(self):
        super().clean()
        # Of an instance that exists: a picture that is replaced keeps its name.
        default = self.instance.title or (self.prepared.title if self.prepared else "")
        self.cleaned_data["title"] = self.cleaned_data.get("title") or default


class UseFilter(admin.SimpleListFilter):
    title = _("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("used", _("In use")), ("unused", _("Not used anywhere"))]

    def queryset(self, request: HttpRequest, images: QuerySet) -> QuerySet:
        if self.value() == "unused":
            return images.unused()
        if self.value() == "used":
            return images.used()
        return images


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin):
    form = ImageForm
    list_display = ["thumbnail", "title", "alt", "size", "in_articles", "uploaded_at"]
    list_display_links = ["thumbnail", "title"]
    list_filter = [UseFilter]
    search_fields = ["title", "alt", "caption"]
    date_hierarchy = "uploaded_at"
    list_per_page = 50
    fields = ["file", "title", "alt", "caption"]
    readonly_fields = ["preview", "size", "sizes", "used_in"]

    class Media:
        css = {"all": ["css/library.css"]}

    # --- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        covers = Article.objects.filter(cover=OuterRef("pk")).order_by().values("cover")
        texts = PictureUse.objects.filter(image=OuterRef("pk")).values("image")
        # An article that shows it in both places is one article.
        texts = texts.filter(Q(article__cover=None) | ~Q(article__cover=F("image")))
        return super().get_queryset(request).annotate(articles=_number(covers) + _number(texts))

    @admin.display(description=_("picture"))
    def thumbnail(self, image: Image) -> str:
        return format_html(
            '<img class="cover-thumb" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            image.thumbnail_url,
            image.alt or image.title,
            image.width,
            image.height,
        )

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("articles"), ordering="articles")
    def in_articles(self, image: Image) -> int:
        return image.articles  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None):
        extra_context = self.upload_context(request) | (extra_context or {})
        return super().changelist_view(request, extra_context)

    def upload_context(self, request: HttpRequest) -> dict[str, Any]:
        """What `_upload.html` needs."""
        return {
            "may_upload": self.has_add_permission(request),
            "accepted": ACCEPTED,
            "limit": settings.PICTURE_MAX_BYTES,
            "too_large": pictures.too_large().messages[0],
        }

    # --- the form

    def get_fields(self, request: HttpRequest, obj: Image | None = None) -> list[str]:
        preview, *facts = self.readonly_fields
        return [preview, *self.fields, *facts] if obj else self.fields

    @admin.display(description=_("picture"))
    def preview(self, image: Image) -> str:
        return format_html(
            '<img class="picture-preview" src="{}" alt="{}" width="{}" height="{}">',
            image.url,
            image.alt,
            image.width,
            image.height,
        )

    @admin.display(description=_("sizes for readers"))
    def sizes(self, image: Image) -> str:
        kinds = [(KIND_NAMES[kind], ", ".join(map(str, w))) for kind, w in image.renditions.items()]
        return format_html_join("", "<div>{}: {}</div>", kinds) or self.get_empty_value_display()

    @admin.display(description=_("used in"))
    def used_in(self, image: Image) -> str:
        return _list_of_uses([image]) or gettext("Not used anywhere")

    def get_form(self, request: HttpRequest, obj: Image | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        return type(form.__name__, (form,), getattr(request, "picture", {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Makes the files first: Django opens a transaction, in which nothing may take seconds."""
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        with ExitStack() as files:
            self._prepare(request, object_id, files)
            try:
                return view()
            except IntegrityError:  # Somebody has just uploaded the same.
                if "prepared" not in getattr(request, "picture", {}):
                    raise
                self._prepare(request, object_id, files)
                return view()

    def _prepare(self, request: HttpRequest, object_id: str | None, files: ExitStack) -> None:
        upload = request.FILES.get("file") if request.method == "POST" else None
        if not upload or not self._may_send(request, object_id):
            return
        try:
            if image := pictures.known(upload):
                raise _already_there(image)
            request.picture = {"prepared": files.enter_context(pictures.prepared(upload))}
        except ValidationError as error:
            request.picture = {"refused": error}

    def _may_send(self, request: HttpRequest, object_id: str | None) -> bool:
        if object_id is None:
            return self.has_add_permission(request)
        image = self.get_object(request, unquote(object_id))
        return image is not None and self.has_change_permission(request, image)

    def save_model(self, request: HttpRequest, obj: Image, form, change: bool) -> None:
        if not change:
            obj.uploaded_by = request.user
        if form.prepared:
            pictures.replace(obj, form.prepared)
        else:
            super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Image, post_url_continue=None):
        if "pick" in request.GET:
            dialog = urlencode({"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")})
            return HttpResponseRedirect(f"{reverse('admin:news_image_pick')}?{dialog}")
        return super().response_add(request, obj, post_url_continue)

    # --- what each person may do

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or workflow.may_change_picture(request.user, obj)
        )

    def get_deleted_objects(self, objs, request: HttpRequest):
        """Of a picture in use, say which articles show it, not that nobody may delete articles."""
        if uses := _uses(objs):
            return [], {}, set(), uses
        return super().get_deleted_objects(objs, request)

    # --- the windows of their own

    def get_urls(self):
        pick = self.admin_site.admin_view(partial(pick_view, image_admin=self))
        upload = partial(upload_view, image_admin=self)
        return [
            path("pick/", pick, name="news_image_pick"),
            path("upload/", upload, name="news_image_upload"),
            *super().get_urls(),
        ]


def _number(rows: QuerySet) -> Coalesce:
    """How many of the rows there are for one picture."""
    return Coalesce(
        Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
    )


def _uses(images: Iterable[Image]) -> list[SafeString | str]:
    """Where any of the pictures is shown: in the site's frame, and in which articles."""
    pks = [image.pk for image in images]
    return [*in_frame(pks), *_in_articles(images, pks)]


def _in_articles(images: Iterable[Image], pks: list[int]) -> Iterator[SafeString | str]:
    """The newest ones are named."""
    in_text = PictureUse.objects.filter(image__in=pks, article=OuterRef("pk"))
    changes = {use for image in images for use in versions.pending_uses(image)}
    articles = (
        Article.objects.annotate(in_text=Exists(in_text))
        .filter(Q(cover__in=pks) | Q(in_text=True) | Q(pk__in=changes))
        .order_by("-published_at", "-id")
        .defer("body", "body_text")
    )
    return named(articles, lambda use: _where(use.cover_id in pks, use.in_text))


def _where(is_cover: bool, is_in_text: bool) -> str:
    if not is_cover and not is_in_text:
        return gettext("change that is not published yet")
    if is_cover and is_in_text:
        return gettext("cover and text")
    return gettext("cover") if is_cover else gettext("text")


def _list_of_uses(images: Iterable[Image]) -> SafeString | str:
    items = format_html_join("", "<li>{}</li>", ((use,) for use in _uses(images)))
    return items and format_html('<ul class="picture-uses">{}</ul>', items)


def _already_there(image: Image) -> ValidationError:
    link = format_html(
        '<a href="{}">{}</a>', reverse("admin:news_image_change", args=[image.pk]), image.title
    )
    return ValidationError(format_html(gettext("This picture is already in the library: {}"), link))
