"""E-mails to staff: what waits for them, invitations and new passwords.

Each is written where it is due, in its reader's language, and sent after the transaction by a
thread of its own: a mail server that hangs or is down keeps nobody from saving.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from threading import Thread
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context, Engine
from django.utils.translation import override

from news import staff
from news.masthead import masthead
from news.models import Article

logger = logging.getLogger(__name__)

MAY_PUBLISH = "news.publish_article"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def submitted(article: Article, by: Any, comment: str, address: str) -> None:
    """Tell the editor in charge, or else all editors, what waits for review at this address."""
    facts = _facts(article, by, comment, address)
    _post(_mail("submitted", user, facts) for user in _reviewers(article, by))


def sent_back(article: Article, to: Any, by: Any, comment: str, address: str) -> None:
    if to is not None and to != by and _reachable(to):
        _post([_mail("sent_back", to, _facts(article, by, comment, address))])


def password_asked(user: User, address: str) -> None:
    _post([_mail("password", user, {"address": address})])


def invited(user: User, by: Any, address: str) -> bool:
    """Sent at once, within `EMAIL_TIMEOUT`, as whoever invites waits to hear whether it left."""
    facts = {"by": staff.name_of(by), "address": address}
    return _send(_mail("invitation", user, facts))


def _facts(article: Article, by: Any, comment: str, address: str) -> dict[str, str]:
    return {
        "title": " ".join(article.title.split()),
        "by": staff.name_of(by),
        "comment": comment.strip(),
        "address": address,
    }


def _reviewers(article: Article, by: Any) -> list[Any]:
    editor = article.editor
    if editor and editor != by and _reachable(editor) and editor.has_perm(MAY_PUBLISH):
        return [editor]
    editors = User.objects.with_perm(MAY_PUBLISH, is_active=True, backend=MODEL_BACKEND)
    others = editors.exclude(pk=by.pk).select_related("profile").order_by("pk")
    return [user for user in others if _reachable(user)]


def _reachable(user: Any) -> bool:
    return bool(user.email and user.is_active and user.is_staff)


class _Mail(NamedTuple):
    account: int  # Whose it is, as the log says it.
    message: EmailMessage


def _mail(name: str, to: Any, facts: dict[str, Any]) -> _Mail:
    """The first line of its template is the subject."""
    facts = facts | {"user": to, "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600)}
    with override(staff.language_of(to)):
        facts |= {"role": staff.role_of(to), "site": masthead().name}
        template = Engine.get_default().get_template(f"mail/{name}.txt")
        text = template.render(Context(facts, autoescape=False))
    subject, body = text.strip().split("\n", 1)
    body = re.sub(r"\n{3,}", "\n\n", body.replace("\r\n", "\n")).strip() + "\n"
    return _Mail(to.pk, EmailMessage(subject, body, to=[to.email]))


def _post(mails: Iterable[_Mail]) -> None:
    if mails := list(mails):
        thread = Thread(target=lambda: [_send(mail) for mail in mails], name="mail")
        transaction.on_commit(thread.start, robust=True)


def _send(mail: _Mail) -> bool:
    try:
        mail.message.send()
    except Exception as error:  # Whatever is wrong with it, staff have work to do.
        subject = mail.message.subject
        logger.error("e-mail to account %d was not sent (%s): %r", mail.account, subject, error)
        return False
    return True
