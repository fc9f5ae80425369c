"""The views that pictures and files are sent to: by the editor, by a library, by the window that
picks from one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from news import attachments, downloads, pictures
from news.errors import upload_refused
from news.models import Attachment, Image, LibraryFile

if TYPE_CHECKING:
    from .attachment import AttachmentAdmin
    from .image import ImageAdmin
    from .library import LibraryAdmin

# Files arrive for as long as they take, and each that does holds a thread that readers need too.
_places = threading.BoundedSemaphore(4)


def _upload(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """A view for whoever may add something to a library.

    Its answer is what CKEditor expects, and a little more: never a redirect to the page for signing
    in, which no script could show to anybody.
    """

    @never_cache
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, library_admin: LibraryAdmin) -> JsonResponse:
        if not library_admin.admin_site.has_permission(request):
            return upload_refused(
                _("You are signed out. Sign in in another window, then try again."), 403
            )
        if not library_admin.has_add_permission(request):
            return upload_refused(str(library_admin.words["forbidden"]), 403)
        try:
            return view(request, library_admin)
        except ValidationError as error:
            return upload_refused(" ".join(error.messages))
        except PermissionDenied:
            return upload_refused(_("You are not allowed to replace this file."), 403)

    return checked


@_upload
def upload_picture(request: HttpRequest, library_admin: ImageAdmin) -> JsonResponse:
    """Takes one picture, as a form sends it."""
    try:
        (upload,) = request.FILES.getlist("upload")
    except ValueError:
        return upload_refused(_("No picture arrived. Send one file at a time."))
    image, is_new = pictures.take(upload, request.user)
    own = {
        "url": image.url,
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
        "thumbnail": image.thumbnail_url,
    }
    return _taken(request, library_admin, image, is_new, own)


@_upload
def upload_file(request: HttpRequest, library_admin: AttachmentAdmin) -> JsonResponse:
    """Takes one file, which is all of the request, in place of another if that is named.

    A form would have to be read, and all of the file with it, before it is known who sends it.
    """
    number = request.GET.get("replaces")
    replaced = library_admin.get_object(request, number) if number else None
    if number and not (replaced and library_admin.has_change_permission(request, replaced)):
        raise PermissionDenied
    with _received(request) as upload:
        if replaced:
            _replace(request, library_admin, replaced, upload)
            return JsonResponse(_answer(replaced, True) | _of_file(replaced))
        attachment, is_new = attachments.take(upload, request.user)
    return _taken(request, library_admin, attachment, is_new, _of_file(attachment))


def _replace(
    request: HttpRequest, library_admin: AttachmentAdmin, replaced: Attachment, upload: File
) -> None:
    # Minutes may have passed since it was read.
    allowed = partial(library_admin.has_change_permission, request)
    try:
        attachments.replace(replaced, upload, allowed)
        replaced.refresh_from_db()
    except Attachment.DoesNotExist:
        raise ValidationError(_("This file was deleted while the new one arrived.")) from None
    library_admin.log_change(request, replaced, [{"changed": {"fields": ["file"]}}])


def _of_file(attachment: Attachment) -> dict[str, Any]:
    return {"url": attachment.file.url, "facts": downloads.facts(attachment)}


@contextmanager
def _received(request: HttpRequest) -> Iterator[File]:
    """The request's own content, on disk. Raises `ValidationError`."""
    if not _places.acquire(blocking=False):
        raise ValidationError(_("Many files are arriving just now. Try again in a minute."))
    try:
        with TemporaryFile(prefix="newsroom-") as file:
            shutil.copyfileobj(request, file, 256 * 1024)
            if file.tell() != int(request.META.get("CONTENT_LENGTH") or 0):
                raise ValidationError(_("The file did not arrive. Try again."))
            # No invisible characters, which Django's forms leave out of names too.
            yield File(file, "".join(filter(str.isprintable, request.GET.get("name", ""))))
    finally:
        _places.release()


def _taken(
    request: HttpRequest,
    library_admin: LibraryAdmin,
    file: LibraryFile,
    is_new: bool,
    own: dict[str, Any],
) -> JsonResponse:
    if is_new:
        library_admin.log_addition(request, file, [{"added": {}}])
    return JsonResponse(_answer(file, is_new) | own, status=201 if is_new else 200)


def _answer(file: Image | Attachment, is_new: bool) -> dict[str, Any]:
    return {
        "uploaded": 1,
        "fileName": file.title,
        "id": file.pk,
        "change": reverse(f"admin:news_{file._meta.model_name}_change", args=[file.pk]),
        "known": not is_new,
    }
