# The newsroom's image. What it needs at run time: docker-compose.yml; how it is run: docs/operations.md.
ARG BASE=python:3.13.11-slim-trixie
ARG POSTGRESQL=postgres:18-trixie

FROM ${BASE} AS packages

# `full` knows buckets and Sentry too.
ARG REQUIREMENTS=base
# Before the code: a change of the code leaves this stage as it is.
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip

FROM ${POSTGRESQL} AS client

# What backups are made with, of the server's own version, and the library that it needs.
RUN mkdir -p /client/bin /client/lib \
    && cp /usr/lib/postgresql/18/bin/pg_dump /client/bin \
    && ldd /usr/lib/postgresql/18/bin/pg_dump | awk '/libpq/ { print $3 }' \
    | xargs cp --dereference --target-directory /client/lib

FROM ${BASE}

# libpq5 of the distribution brings what the library above needs in turn.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpq5 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=client /client /usr/local
RUN ldconfig \
    && useradd --system --uid 999 --home-dir /srv/newsroom newsroom \
    && install --directory --owner newsroom \
    /srv/newsroom/media /srv/newsroom/backups /srv/newsroom/releases

COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/newsroom/static \
    MEDIA_ROOT=/srv/newsroom/media \
    BACKUP_ROOT=/srv/newsroom/backups

WORKDIR /app
COPY manage.py ./
COPY haisum haisum
COPY news news
COPY static static
COPY templates templates

# Compiled now, as the root file system is read only later. The key signs nothing here:
# collectstatic only needs settings that load.
RUN python -m compileall -q haisum news \
    && HTTPS=false SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=sqlite://:memory: \
    python manage.py collectstatic --noinput --verbosity 0

USER newsroom
EXPOSE 8000
VOLUME ["/srv/newsroom/media", "/srv/newsroom/backups", "/srv/newsroom/releases"]

HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "haisum.probe"]

CMD ["python", "-m", "haisum.serve", "--host", "0.0.0.0"]
