"""How static files are stored: under names that change with what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """What JavaScript modules import is hashed too, so that no browser mixes two releases."""

    support_js_module_import_aggregation = True
