"""Whether this process can do its work."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from haisum import draining


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 `ok`, or 503 with the name of what failed, or `stopping` to the proxy."""
    if draining.has_begun():
        return HttpResponse("stopping\n", status=503, content_type="text/plain")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
