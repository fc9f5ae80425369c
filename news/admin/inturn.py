"""Forms that are compared with what is stored, and saved only if it is still so."""

from __future__ import annotations

from functools import partial

from django.contrib import admin

from news import edition


class SavedInTurn(admin.ModelAdmin):
    """Nobody else saves between the comparison and the saving."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view()
        with edition.change(concerns_public=lambda: False):
            return view()
