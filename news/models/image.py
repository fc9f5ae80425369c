"""The picture library."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .edition import PublicModel


class Image(PublicModel):
    """A picture; its alt text and caption are only what each use starts from."""

    title = models.CharField(
        _("title"),
        max_length=200,
        help_text=_(
            "For finding it again in the library; readers do not see it. "
            "If empty, the file's name is taken."
        ),
    )
    file = models.ImageField(
        _("file"),
        upload_to="pictures/%Y/",
        width_field="width",
        height_field="height",
        help_text=_("JPEG, PNG or WebP, at most 20 MB. Position data of the camera is removed."),
    )
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        blank=True,
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    caption = models.CharField(_("caption"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-uploaded_at", "-id"]

    def __str__(self) -> str:
        return self.title
