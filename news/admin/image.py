"""The picture library."""

from __future__ import annotations

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
from django.db.models import F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from news import library, pictures
from news.models import Article, Image, PictureUse

from .library import LibraryAdmin, number_of
from .upload import upload_picture

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


@admin.register(Image)
class ImageAdmin(LibraryAdmin):
    form = ImageForm
    upload_view = upload_picture
    accepted = ACCEPTED
    limit = settings.PICTURE_MAX_BYTES
    words = {
        "label": _("Upload pictures, or drop them anywhere on this page"),
        "failed": _("The picture did not arrive. Try again."),
        "forbidden": _("You are not allowed to add pictures."),
        "open": _("Describe it"),
        "left": _("Pictures on their way: %s"),
        "choose": _("Choose a picture"),
        "add": _("Upload a picture"),
        "nothing_found": _("No picture matches these words."),
        "nothing_there": _("The library is empty. Upload the first picture."),
    }
    list_display = ["thumbnail", "title", "alt", "size", "in_articles", "uploaded"]
    list_display_links = ["thumbnail", "title"]
    search_fields = ["title", "alt", "caption"]
    fields = ["file", "title", "alt", "caption"]
    readonly_fields = ["preview", "size", "sizes", "used_in"]

    # --- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        covers = Article.objects.filter(cover=OuterRef("pk")).order_by().values("cover")
        texts = PictureUse.objects.filter(image=OuterRef("pk")).values("image")
        # An article that shows it in both places is one article.
        texts = texts.filter(Q(article__cover=None) | ~Q(article__cover=F("image")))
        return super().get_queryset(request).annotate(articles=number_of(covers) + number_of(texts))

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

    def too_large(self) -> str:
        return pictures.too_large().messages[0]

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
            # Somebody has just uploaded the same, or deleted this one.
            except (IntegrityError, Image.DoesNotExist):
                if "prepared" not in getattr(request, "picture", {}):
                    raise
                self._prepare(request, object_id, files)
                return view()

    def _prepare(self, request: HttpRequest, object_id: str | None, files: ExitStack) -> None:
        upload = request.FILES.get("file") if request.method == "POST" else None
        if not upload or not self._may_send(request, object_id):
            return
        try:
            digest = library.digest_of(upload)
            if image := library.known(Image, digest):
                raise _already_there(image)
            request.picture = {"prepared": files.enter_context(pictures.prepared(upload, digest))}
        except ValidationError as error:
            request.picture = {"refused": error}

    def _may_send(self, request: HttpRequest, object_id: str | None) -> bool:
        if object_id is None:
            return self.has_add_permission(request)
        image = self.get_object(request, unquote(object_id))
        return image is not None and self.has_change_permission(request, image)

    def save_model(self, request: HttpRequest, obj: Image, form, change: bool) -> None:
        if form.prepared and change:
            library.replace(obj, form.prepared, partial(self.has_change_permission, request))
        elif form.prepared:
            obj.uploaded_by = request.user
            library.take_over(obj, form.prepared)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Image, post_url_continue=None):
        if "pick" in request.GET:
            dialog = urlencode({"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")})
            return HttpResponseRedirect(f"{reverse('admin:news_image_pick')}?{dialog}")
        return super().response_add(request, obj, post_url_continue)


def _already_there(image: Image) -> ValidationError:
    link = format_html(
        '<a href="{}">{}</a>', reverse("admin:news_image_change", args=[image.pk]), image.title
    )
    return ValidationError(format_html(gettext("This picture is already in the library: {}"), link))
