"""The view that pictures are sent to: by the editor, by the library, by the window that picks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from news import pictures
from news.errors import upload_refused
from news.models import Image

if TYPE_CHECKING:
    from .image import ImageAdmin


@never_cache
@require_POST
def upload_view(request: HttpRequest, image_admin: ImageAdmin) -> JsonResponse:
    """Takes one picture into the library. The answer is what CKEditor expects, and a little more.

    Never a redirect to the page for signing in, which no script could show to anybody.
    """
    if not image_admin.admin_site.has_permission(request):
        return upload_refused(
            _("You are signed out. Sign in in another window, then try again."), 403
        )
    if not image_admin.has_add_permission(request):
        return upload_refused(_("You are not allowed to add pictures."), 403)
    try:
        (upload,) = request.FILES.getlist("upload")
    except ValueError:
        return upload_refused(_("No picture arrived. Send one file at a time."))
    try:
        image, is_new = pictures.take(upload, request.user)
    except ValidationError as error:
        return upload_refused(" ".join(error.messages))
    if is_new:
        image_admin.log_addition(request, image, [{"added": {}}])
    return JsonResponse(_answer(image, is_new), status=201 if is_new else 200)


def _answer(image: Image, is_new: bool) -> dict[str, object]:
    return {
        "uploaded": 1,
        "fileName": image.title,
        "url": image.url,
        "id": image.pk,
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
        "thumbnail": image.thumbnail_url,
        "change": reverse("admin:news_image_change", args=[image.pk]),
        "known": not is_new,
    }
