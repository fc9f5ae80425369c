"""The two groups of staff, and what their members may do."""

from __future__ import annotations

from typing import Any

from django.apps import apps

# Group -> model -> what its members may do there; kept so by `keep_groups` at every migration.
GROUPS: dict[str, dict[str, str]] = {
    "Author": {
        "article": "add change view",
        "image": "add change view",
        "attachment": "add change view",
        "category": "view",
        "tag": "add view",
    },
    "Editor": {
        "article": "add change view publish",
        "image": "add change delete view",
        "attachment": "add change delete view",
        "category": "add change view",
        "tag": "add change delete view",
        "oldaddress": "add change delete view",
        "page": "add change delete view",
        "browsingvolume": "view",
        "refusedviews": "view",
    },
}


def keep_groups(using: str = "default", **_: Any) -> None:
    """Give the two groups what `GROUPS` says; what an operator added to them stays."""
    group_model, permission_model = (
        apps.get_model("auth", name).objects.using(using) for name in ("Group", "Permission")
    )
    for name, rights in GROUPS.items():
        codenames = [f"{verb}_{model}" for model, verbs in rights.items() for verb in verbs.split()]
        group, _created = group_model.get_or_create(name=name)
        group.permissions.add(
            *permission_model.filter(content_type__app_label="news", codename__in=codenames)
        )
