"""Accounts of staff: names and languages, who may manage whom, invitation and hand-over."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from news import edition, versions
from news.models import (
    ONCE_PUBLISHED,
    Article,
    PreviewLink,
    Profile,
    Status,
    StatusChange,
    Version,
)

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrOrPromise as Text

logger = logging.getLogger(__name__)

# The groups' names in words; an operator's own groups stand for themselves.
ROLES: dict[str, Text] = {"Author": _("Author"), "Editor": _("Editor")}

HAN = re.compile(r"[\u3400-\u9fff]+")


def full_name(user: Any) -> str:
    """A Chinese family name comes first. Empty if the account has none."""
    if HAN.fullmatch(user.last_name + user.first_name):
        return user.last_name + user.first_name
    return user.get_full_name()


def name_of(user: Any) -> str:
    """For colleagues alone: without a name it is what the account signs in with."""
    return full_name(user) or user.get_username()


def on_account_changed(
    instance: Any,
    using: str,
    created: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    """Readers see the names of editors in charge: with another one comes another edition."""
    if created or not {"first_name", "last_name"} & (update_fields or {"first_name"}):
        return
    named = Article.objects.using(using).filter(editor=instance.pk, status=Status.PUBLISHED)
    with edition.change(using, named.exists):
        pass


def role_of(user: Any) -> str:
    if user.is_superuser:
        return str(_("Administrator"))
    names = sorted(group.name for group in user.groups.all())
    return str(_(", ")).join(str(ROLES.get(name, name)) for name in names)


# --- their language


def language_of(user: Any) -> str:
    """The one that e-mails to this person are written in."""
    profile = getattr(user, "profile", None)
    return profile.language if profile else settings.LANGUAGE_CODE


def keep_language(request: HttpRequest, user: Any) -> None:
    """Remember which language they see the desk in; the session says what is written already."""
    language = get_language()
    if not user.is_staff or language not in dict(settings.LANGUAGES):
        return
    if request.session.get("desk_language") != language:
        Profile.objects.update_or_create(user=user, defaults={"language": language})
        request.session["desk_language"] = language


def on_signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    keep_language(request, user)


# --- who may manage whom


def _rights_of(user: Any) -> QuerySet[Permission]:
    """Also of a closed account, which has them again when it is opened."""
    return Permission.objects.filter(Q(user=user) | Q(group__user=user))


def may_manage(by: Any, user: Any) -> bool:
    """Nobody gets, by way of another account, at rights that their own does not have."""
    if by.is_superuser:
        return True
    beyond = _rights_of(user).exclude(pk__in=_rights_of(by).values("pk"))
    return not user.is_superuser and not beyond.exists()


def groups_to_give(by: Any) -> QuerySet[Group]:
    if by.is_superuser:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=_rights_of(by).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def has_left_traces(user: Any) -> bool:
    """Whether the newsroom's records name this person: such an account is closed, never deleted."""
    named = Q(created_by=user) | Q(modified_by=user) | Q(editor=user)
    return (
        StatusChange.objects.filter(by=user).exists()
        or Article.objects.filter(named).exists()
        or Version.objects.filter(author=user).exists()
        or LogEntry.objects.filter(user=user).exists()
    )


# --- invitation


def username_for(email: str) -> str:
    """What stands before the @, with a number if somebody has it already."""
    local = re.sub(r"[^\w.+-]", "", email.partition("@")[0])[:100] or "staff"
    name, number = local, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{local}{number}"
    return name


def invite(user: User, role: Group, language: str) -> User:
    """Create the account. Nobody can sign in to it until its password is set, by e-mail."""
    with transaction.atomic():
        user.is_staff = True
        user.set_unusable_password()
        user.save()
        user.groups.add(role)
        Profile.objects.create(user=user, language=language)
    return user


def awaits_password(user: Any) -> bool:
    """Invited, or handed over and opened again: a link by e-mail lets them in."""
    return user.is_active and user.is_staff and not user.has_usable_password()


# --- hand-over


class Belongings(NamedTuple):
    """What a member of staff answers for: how many of each."""

    drafts: int
    in_charge: int
    changes: int
    links: int


def belongings(user: Any) -> Belongings:
    return Belongings(
        _begun_by(user).count(),
        Article.objects.filter(editor=user).count(),
        Version.objects.pending().filter(content__editor=user.pk).count(),
        PreviewLink.objects.open().filter(created_by=user).count(),
    )


def hand_over(leaver: User, successor: User, by: User) -> Belongings:
    """Give what the leaver answers for to the successor, and close the leaver's account.

    Raises `ValidationError` in the words that staff are told.
    """
    # The edition first, as every save of an article does, so that nobody is saving one meanwhile,
    # and what is due takes effect before it is handed over.
    with edition.change():
        accounts = User.objects.select_for_update(no_key=True).order_by("pk")
        locked = {user.pk: user for user in accounts.filter(pk__in=[leaver.pk, successor.pk])}
        leaver, successor = locked[leaver.pk], locked[successor.pk]
        _check(leaver, successor, by)
        handed = belongings(leaver)
        _hand_over_changes(leaver, successor)
        _begun_by(leaver).update(created_by=successor)
        Article.objects.filter(editor=leaver).update(editor=successor)
        links = PreviewLink.objects.open().filter(created_by=leaver)
        links.update(revoked_at=timezone.now())
        leaver.is_active = False
        leaver.set_unusable_password()  # Ends their sessions and their open links, for good.
        leaver.save(update_fields=["is_active", "password"])
    numbers = leaver.pk, by.pk, successor.pk
    logger.info("account %d closed by account %d, handed over to %d: %s", *numbers, handed)
    return handed


def _begun_by(user: Any) -> QuerySet[Article]:
    """What they are, as its author, still at work on."""
    changed = Version.objects.worked_on().values("article")
    return Article.objects.filter(
        ~Q(status__in=ONCE_PUBLISHED) | Q(pk__in=changed), created_by=user
    )


def _check(leaver: User, successor: User, by: User) -> None:
    if leaver == successor:
        raise ValidationError(_("Choose somebody else: this is the account that will be closed."))
    if not successor.is_active or not successor.is_staff:
        raise ValidationError(_("Choose somebody who can sign in to the newsroom."))
    if leaver == by:
        raise ValidationError(_("You cannot close your own account. Ask a colleague to do it."))


def _hand_over_changes(leaver: User, successor: User) -> None:
    """Changes on their way name the successor too. Those made of what is live now still are."""
    concerned = Q(content__editor=leaver.pk) | Q(article__editor=leaver)
    for version in Version.objects.pending().filter(concerned).select_related("article"):
        live = versions.live_content(version.article)
        if live["editor"] == leaver.pk and version.base == versions.digest(live):
            version.base = versions.digest(live | {"editor": successor.pk})
        if version.content["editor"] == leaver.pk:
            version.content["editor"] = successor.pk
        version.digest = versions.digest(version.content)
        version.save(update_fields=["base", "content", "digest"])
