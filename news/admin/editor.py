"""The editor of articles' texts: CKEditor, as news needs it."""

from __future__ import annotations

from typing import Any

from ckeditor.widgets import CKEditorWidget
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from news import attachments, languagetags, pictures, sanitize

from .image import ACCEPTED

TOOLBAR = [
    ["Format", "Bold", "Italic", "Language", "RemoveFormat"],
    ["BulletedList", "NumberedList", "Blockquote"],
    ["JustifyLeft", "JustifyCenter", "JustifyRight"],
    ["Link", "Unlink", "NewsFiles"],
    ["Image", "NewsPictures", "Table", "HorizontalRule"],
    ["PasteText", "PasteFromWord"],
    ["Undo", "Redo", "Find", "Replace"],
    ["Source", "Maximize"],
]
# static/js/admin/<name>.js
PLUGINS = ["newsplaces", "newspictures", "newsfiles", "newslanguage"]
# Those that passages of our news are in; the door takes any.
PASSAGE_LANGUAGES = ["en", "zh-hans", "zh-hant", "ar", "de", "es", "fr", "id"]
PASSAGE_LANGUAGES += ["ja", "ko", "pt", "ru", "vi"]

ALWAYS = {
    "toolbar": TOOLBAR,
    "format_tags": "p;h2;h3;h4",
    "justifyClasses": ["align-left", "align-center", "align-right", "align-justify"],
    "extraPlugins": ",".join(["image2", *PLUGINS]),
    "removePlugins": "image,uploadimage,exportpdf,scayt,forms,iframe,smiley,elementspath",
    "clipboard_handleImages": False,  # They would stay inside the text, as megabytes of it.
    "image2_alignClasses": ["align-left", "align-center", "align-right"],
    "image2_captionedClass": "image",
    "linkDefaultProtocol": "https://",
    "bodyClass": "article-body",
    "entities": False,
    "disableNativeSpellChecker": False,
    "height": 460,
}


class NewsEditor(CKEditorWidget):
    """CKEditor with a toolbar made for news. It shows no more than the door lets through."""

    may_upload = False
    may_add_files = False

    def _set_config(self) -> None:
        super()._set_config()  # Follows the interface's language, and asks no other host for news.
        self.external_plugin_resources = [
            (name, static(f"js/admin/{name}.js"), "") for name in PLUGINS
        ]
        self.config |= ALWAYS | {
            "allowedContent": sanitize.allowed_content(),
            "language_list": [_passage_language(code) for code in PASSAGE_LANGUAGES],
            "newsPictures": self._pictures_config() | {"files": self._files_config()},
            "newsFiles": {
                "pick": reverse("admin:news_attachment_pick"),
                "icon": static("img/file.svg"),
                "button": _("File from the library"),
            },
            "filebrowserImageBrowseUrl": reverse("admin:news_image_pick"),
            "filebrowserBrowseUrl": reverse("admin:news_attachment_pick"),
            "contentsCss": [
                static(f"css/{name}.css") for name in ("tokens", "article-body", "editor-content")
            ],
        }

    def _pictures_config(self) -> dict[str, Any]:
        """For our plugin static/js/admin/newspictures.js."""
        return {
            "url": reverse("admin:news_image_upload") if self.may_upload else "",
            "icon": static("img/upload-picture.svg"),
            "accept": ACCEPTED,
            "limit": settings.PICTURE_MAX_BYTES,
            "texts": {
                "button": _("Upload pictures"),
                "pasted": _("Pasted picture"),
                "tooLarge": pictures.too_large().messages[0],
                "failed": _("The picture did not arrive. Try again."),
                "describe": _("Double-click each new picture and say what it shows."),
                "altMissing": _(
                    "Say what the picture shows (alternative text), for readers who cannot see it."
                ),
                "waiting": _("The article is saved as soon as all files have arrived."),
                "notSaved": _("Not saved yet: a file was refused. Save again without it."),
            },
        }

    def _files_config(self) -> dict[str, Any]:
        """For what is dropped into a text and is no picture."""
        return {
            "url": reverse("admin:news_attachment_upload") if self.may_add_files else "",
            "limit": settings.FILE_MAX_BYTES,
            "tooLarge": attachments.too_large().messages[0],
            "failed": _("The file did not arrive. Try again."),
        }


def _passage_language(code: str) -> str:
    """For CKEditor's button: `de:German`, `ar:Arabic:rtl`."""
    known = get_language_info(code)
    direction = ":rtl" if known["bidi"] else ""
    return f"{languagetags.spelt(code)}:{known['name_translated']}{direction}"
