"""Addresses as they are kept: one form of each, however it was written."""

from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.encoding import escape_uri_path, iri_to_uri, repercent_broken_unicode
from django.utils.translation import get_language_from_path, override

LARGEST_NUMBER = 2**63 - 1  # That a database takes for an article's.


def old_form(written: str) -> str:
    """An old address from its first slash on, whatever host it was at, decoded as Django does it.

    If a query follows, which told pages of some systems apart, all of it is as browsers send it.
    What is no address stays as it was written.
    """
    parts = _parts(written)
    return _from_slash(parts) if parts and parts.path else written.strip()


def target_form(written: str) -> str:
    """Where an old address leads: from the first slash on, if it leads to this site itself."""
    parts = _parts(written)
    if parts is None:
        return written.strip()
    if parts.netloc and not is_ours(parts.hostname or ""):
        return written.strip() if parts.scheme else f"https:{written.strip()}"
    if not (parts.path or parts.netloc):
        return written.strip()
    path = parts.path or "/"
    # Or else Django would send readers on once more.
    if path[-1] != "/" and page_at(path) is None and page_at(f"{path}/"):
        path += "/"
    # With one slash: two begin a host.
    address = f"/{_from_slash(parts._replace(path=path)).lstrip('/')}"
    return f"{address}#{parts.fragment}" if parts.fragment else address


def without_our_host(written: str) -> str:
    """An address of this site from its first slash on; any other stays as it was written."""
    parts = _parts(written)
    if parts is None or not is_ours(parts.hostname or ""):
        return written
    return parts._replace(scheme="", netloc="").geturl()


def article_at(address: str) -> int | None:
    """The number of the article whose page an address of this site is, whatever its slug."""
    path = address.partition("?")[0]
    page = page_at(path) if path.startswith("/") and "#" not in address else None
    if page is None or page.view_name != "news:article":
        return None
    number = page.kwargs["article_id"]
    return number if number <= LARGEST_NUMBER else None


def page_at(path: str) -> ResolverMatch | None:
    """The view of this site that answers at a path, in the path's own language."""
    with override(get_language_from_path(path)):
        try:
            return resolve(path)
        except Resolver404:
            return None


def _parts(written: str) -> SplitResult | None:
    try:
        parts = urlsplit(written.strip())
        is_web = parts.scheme in ("", "http", "https") and parts.path[:1] in ("", "/")
        return parts if is_web and parts.port != 0 else None
    except ValueError:  # A host that cannot be one, or a port.
        return None


def is_ours(host: str) -> bool:
    return validate_host(host, [pattern for pattern in settings.ALLOWED_HOSTS if pattern != "*"])


def _from_slash(parts: SplitResult) -> str:
    path = repercent_broken_unicode(unquote_to_bytes(parts.path)).decode()
    return f"{escape_uri_path(path)}?{iri_to_uri(parts.query)}" if parts.query else path
