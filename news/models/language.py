"""A language of the site, as a column."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LanguageField(models.CharField):
    """One of `settings.LANGUAGES`. Migrations see a plain text column, so that a further language
    is a setting and a translation file, not a migration."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("verbose_name", _("language"))
        kwargs.setdefault("max_length", 10)
        kwargs.setdefault("default", settings.LANGUAGE_CODE)
        kwargs["choices"] = settings.LANGUAGES
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs.pop("default", None)
        return name, "django.db.models.CharField", args, kwargs
