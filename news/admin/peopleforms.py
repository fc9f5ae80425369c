"""The forms of invitation and hand-over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import (
    AdminEmailInputWidget,
    AdminTextInputWidget,
    AutocompleteSelect,
)
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from news import staff
from news.models import Article


class Roles(forms.ModelChoiceField):
    def label_from_instance(self, group: Group) -> str:
        return str(staff.ROLES[group.name])


class InviteForm(forms.ModelForm):
    role = Roles(
        None,
        empty_label=None,
        label=_("Role"),
        help_text=_("Authors write and submit; editors also publish what others wrote."),
    )
    language = forms.ChoiceField(
        label=capfirst(_("language")),
        choices=settings.LANGUAGES,
        help_text=_("Of the invitation. Later e-mails follow the language of their browser."),
    )

    class Meta:
        model = User
        fields = ["email", "last_name", "first_name", "username"]
        widgets = {"email": AdminEmailInputWidget} | dict.fromkeys(
            ("last_name", "first_name", "username"), AdminTextInputWidget
        )

    def __init__(self, *args: Any, by: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        roles = staff.groups_to_give(by).filter(name__in=staff.ROLES)
        self.fields["role"].queryset = roles.order_by("name")
        self.fields["language"].initial = get_language()
        self.fields["email"].required = True
        self.fields["username"].required = False
        self.fields["username"].help_text = _(
            "They sign in with it. If empty, it is what stands before the @."
        )

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if owner := User.objects.filter(email__iexact=email).first():
            text = _("%(name)s has an account with this address already.")
            raise ValidationError(text % {"name": owner.get_username()})
        return email

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Somebody has this user name already. Choose another one."))
        return username or staff.username_for(self.cleaned_data.get("email", ""))

    def invite(self) -> User:
        chosen = self.cleaned_data
        return staff.invite(self.save(commit=False), chosen["role"], chosen["language"])


class HandOverForm(forms.Form):
    successor = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_staff=True),
        label=_("Successor"),
        # Found by typing: accounts may be many.
        widget=AutocompleteSelect(Article._meta.get_field("editor"), admin.site),
    )
