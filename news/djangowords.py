"""Django's own words that staff see most, which our catalogues say in better Chinese than Django's:
without spaces around names, with full-width punctuation, and politely.

Our catalogues win over Django's; `makemessages` keeps only what it finds named in our code. What
Django's scripts say is in `djangojs.po`, which `makemessages` leaves as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Select %s to change"),
    _("Select %s to view"),
    _("Add %s"),
    _("Add %(name)s"),
    _("Change %s"),
    _("View %s"),
    _("You may edit it again below."),
    _("The {name} “{obj}” was added successfully."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("Delete selected %(verbose_name_plural)s"),
    _("Are you sure?"),
    _(" By %(filter_title)s "),
    _("Models in the %(name)s application"),
    _("Model name"),
    _("Add link"),
    _("Change or view list link"),
)
