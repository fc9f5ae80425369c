"""How staff get a password by e-mail: those who forgot theirs, and those who were invited."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as unlock
from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from news import notices

PAUSE = 60  # Seconds between two e-mails to one person: anybody can ask for them.


class ForgottenForm(PasswordResetForm):
    def get_users(self, email: str) -> Any:
        """Staff who may sign in, also those who never had a password."""
        staff = User.objects.filter(email__iexact=email, is_active=True, is_staff=True)
        return staff.select_related("profile")

    def save(self, *, request: HttpRequest, **_: Any) -> None:
        for user in self.get_users(self.cleaned_data["email"]):
            if cache.add(f"password-asked:{user.pk}", True, PAUSE):
                notices.password_asked(user, password_address(request, user))


class ChoiceForm(SetPasswordForm):
    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        # Whoever reads their e-mail is not the one who was guessing.
        unlock(username=user.get_username())
        return user


def password_address(request: HttpRequest, user: User) -> str:
    """Where this person sets a password, once, within `PASSWORD_RESET_TIMEOUT`."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return request.build_absolute_uri(reverse("password_reset_confirm", args=[uid, token]))


def _page(view: Any, request: HttpRequest, form: Any = None, **where: str) -> HttpResponse:
    options = {"form_class": form} if form else {}
    context = admin.site.each_context(request)
    return view.as_view(extra_context=context, **options)(request, **where)


def forgotten(request: HttpRequest) -> HttpResponse:
    return _page(views.PasswordResetView, request, ForgottenForm)


def sent(request: HttpRequest) -> HttpResponse:
    return _page(views.PasswordResetDoneView, request)


def choose(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    return _page(views.PasswordResetConfirmView, request, ChoiceForm, uidb64=uidb64, token=token)


def chosen(request: HttpRequest) -> HttpResponse:
    return _page(views.PasswordResetCompleteView, request)
