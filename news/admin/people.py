"""Accounts of staff: their list and form, invitation, and the hand-over when somebody leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from news import edition, notices, staff
from news.moments import in_numbers

from .passwords import password_address
from .peopleforms import HandOverForm, InviteForm

admin.site.unregister(User)


class RoleFilter(admin.RelatedFieldListFilter):
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        groups = super().field_choices(field, request, model_admin)
        return [(pk, staff.ROLES.get(name, name)) for pk, name in groups]


@admin.register(User)
class UserAdmin(DjangosUserAdmin):
    list_display = ["username", "name", "email", "role", "is_active", "signed_in"]
    list_filter = ["is_active", "is_superuser", ("groups", RoleFilter)]
    list_per_page = 50
    show_full_result_count = False

    # --- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("full name"), ordering="last_name")
    def name(self, user: User) -> str:
        return staff.name_of(user)

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        return staff.role_of(user)

    @admin.display(description=_("last signed in"), ordering="last_login")
    def signed_in(self, user: User) -> str:
        if user.last_login:
            return in_numbers(user.last_login)
        return gettext("Invited") if staff.awaits_password(user) else ""

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None):
        context = {"may_invite": self.has_add_permission(request)} | (extra_context or {})
        return super().changelist_view(request, context)

    # --- the form

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        dates = ["signed_in", "joined"]
        beyond = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return dates + beyond

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Dates as the newsroom writes them everywhere."""
        *others, (title, dates) = super().get_fieldsets(request, obj)
        if obj is None:
            return [*others, (title, dates)]
        return [*others, (title, dates | {"fields": ["signed_in", "joined"]})]

    @admin.display(description=_("date joined"))
    def joined(self, user: User) -> str:
        return in_numbers(user.date_joined)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any):
        if db_field.name == "groups":
            kwargs["queryset"] = staff.groups_to_give(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            context["may_invite_again"] = self._may_invite_again(request, obj)
            context["may_hand_over"] = self._may_hand_over(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The edition first, as a hand-over does: the other way round they wait for each other."""
        with edition.change(concerns_public=lambda: False):
            super().save_model(request, obj, form, change)

    # --- what each person may do

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or staff.may_manage(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or staff.may_manage(request.user, obj))

    def _may_invite_again(self, request: HttpRequest, user: User) -> bool:
        waits = staff.awaits_password(user) and user.email
        may = self.has_add_permission(request) and staff.may_manage(request.user, user)
        return bool(waits and may)

    def _may_hand_over(self, request: HttpRequest, user: User) -> bool:
        return user != request.user and self.has_change_permission(request, user)

    def get_deleted_objects(self, objs: Any, request: HttpRequest):
        """Whoever did something is named in the newsroom's records, which nobody deletes."""
        named = [self._handover_link(user) for user in objs if staff.has_left_traces(user)]
        return ([], {}, set(), named) if named else super().get_deleted_objects(objs, request)

    def _handover_link(self, user: User) -> str:
        address = reverse("admin:auth_user_handover", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, staff.name_of(user))

    # --- invitation

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("invite/", view(self.invite_view), name="auth_user_invite"),
            path("<id>/invite/", view(self.invite_again_view), name="auth_user_invite_again"),
            path("<id>/handover/", view(self.handover_view), name="auth_user_handover"),
            *super().get_urls(),
        ]

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST or None, by=request.user)
        if form.is_valid() and (user := self._invite(request, form)):
            self._send_invitation(request, user)
            may_look = self.has_view_permission(request)
            return redirect("admin:auth_user_changelist" if may_look else "admin:index")
        sentences = [_("They get an e-mail with a link, and choose their password themselves.")]
        return self._page(request, _("Invite somebody"), sentences, _("Send the invitation"), form)

    def _invite(self, request: HttpRequest, form: InviteForm) -> User | None:
        try:
            with transaction.atomic():
                user = form.invite()
                self.log_addition(request, user, gettext("Invited as %s.") % staff.role_of(user))
        except IntegrityError:  # The button was pressed twice.
            form.add_error("username", _("Somebody has this user name already."))
            return None
        return user

    def invite_again_view(self, request: HttpRequest, id: str) -> HttpResponse:
        user = self._user(request, id)
        if not self._may_invite_again(request, user):
            raise PermissionDenied
        if request.method == "POST":
            self._send_invitation(request, user)
            return redirect("admin:auth_user_changelist")
        text = _("A new link goes to %s. Earlier ones stop working as soon as one is used.")
        title = _("Send the invitation again")
        return self._page(request, title, [text % user.email], _("Send"), None, user)

    def _send_invitation(self, request: HttpRequest, user: User) -> None:
        facts = {"name": staff.name_of(user), "email": user.email}
        address = password_address(request, user)
        if not settings.HAS_MAIL_SERVER:
            text = _("There is no mail server. Give %s this link yourself.") % facts["name"]
            box = {"label": text, "address": address}
            link = render_to_string("admin/_link_to_copy.html", box)
            self.message_user(request, link, messages.WARNING)
        elif notices.invited(user, request.user, address):
            self.message_user(request, _("%(name)s was invited, at %(email)s.") % facts)
        else:
            again = reverse("admin:auth_user_invite_again", args=[user.pk])
            text = _("The account of %(name)s is there, but no e-mail could be sent to %(email)s.")
            link = format_html('{} <a href="{}">{}</a>', text % facts, again, _("Send again"))
            self.message_user(request, link, messages.ERROR)

    # --- hand-over

    def handover_view(self, request: HttpRequest, id: str) -> HttpResponse:
        leaver = self._user(request, id)
        if not self._may_hand_over(request, leaver):
            raise PermissionDenied
        form = HandOverForm(request.POST or None)
        if form.is_valid() and self._hand_over(request, leaver, form):
            return redirect("admin:auth_user_change", leaver.pk)
        title = _("Hand over and close the account of %s") % staff.name_of(leaver)
        sentences = [
            *_in_words(staff.belongings(leaver)),
            _("The account is closed, and whoever is signed in to it is signed out at once."),
        ]
        return self._page(request, title, sentences, _("Hand over and close"), form, leaver)

    def _hand_over(self, request: HttpRequest, leaver: User, form: HandOverForm) -> bool:
        successor = form.cleaned_data["successor"]
        names = {"leaver": staff.name_of(leaver), "successor": staff.name_of(successor)}
        text = gettext("Everything of %(leaver)s was handed over to %(successor)s.") % names
        try:
            with transaction.atomic():
                staff.hand_over(leaver, successor, request.user)
                self.log_change(request, leaver, text)
        except ValidationError as error:
            form.add_error("successor", error)
            return False
        self.message_user(request, text)
        return True

    # --- their pages

    def _user(self, request: HttpRequest, id: str) -> User:
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        return user

    def _page(
        self,
        request: HttpRequest,
        title: Any,
        sentences: list[Any],
        button: Any,
        form: forms.BaseForm | None,
        user: User | None = None,
    ) -> TemplateResponse:
        """One task on a page: what it does, its form, and its button."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "sentences": sentences,
            "button": button,
            "form": form,
            "adminform": form and AdminForm(form, [(None, {"fields": [*form.fields]})], {}),
            "original": user,
            "opts": self.opts,
            "has_view_permission": self.has_view_permission(request, user),
        }
        return TemplateResponse(request, "admin/auth/user/task.html", context)


def _in_words(belongings: staff.Belongings) -> list[str]:
    """What happens to that of which there is any."""
    drafts, in_charge, changes, links = belongings
    drafts_text = ngettext(
        "%d article that is still worked on gets the successor as its author.",
        "%d articles that are still worked on get the successor as their author.",
        drafts,
    )
    charge_text = ngettext(
        "The successor becomes the editor in charge of %d article.",
        "The successor becomes the editor in charge of %d articles.",
        in_charge,
    )
    changes_text = ngettext(
        "%d change to a published article names the successor as editor in charge.",
        "%d changes to published articles name the successor as editor in charge.",
        changes,
    )
    links_text = ngettext(
        "%d preview link that they gave away stops working.",
        "%d preview links that they gave away stop working.",
        links,
    )
    texts = (drafts_text, charge_text, changes_text, links_text)
    return [text % number for text, number in zip(texts, belongings, strict=True) if number]
