"""Forms that are compared with what is stored, and saved only if it is still so."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin

from news import edition


class InTurnForm(forms.ModelForm):
    """Of a model with a `revision`: refused once, if another one is stored by now."""

    # The revision that the form was opened with.
    opened = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened"] = self.instance.revision

    def clean(self) -> None:
        super().clean()
        is_stored = not self.instance._state.adding
        if is_stored and self.cleaned_data.get("opened") != self.instance.revision:
            self._refuse_once()

    def _refuse_once(self) -> None:
        """Saved again, it takes the place of what the other one saved."""
        self.add_error(None, self.overtaken())
        self.data = self.data.copy()
        self.data[self.add_prefix("opened")] = self.instance.revision

    def overtaken(self) -> str:
        """What is told to whoever saves second."""
        raise NotImplementedError


class SavedInTurn(admin.ModelAdmin):
    """Nobody else saves between the comparison and the saving."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view()
        with edition.change(concerns_public=lambda: False):
            return view()
