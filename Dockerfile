FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/newsroom/static \
    MEDIA_ROOT=/srv/newsroom/media

RUN useradd --system --create-home --home-dir /srv/newsroom newsroom \
    && install --directory --owner newsroom /srv/newsroom/media

WORKDIR /app

# Before the code: a change of the code leaves this layer as it is.
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --requirement requirements/base.txt

COPY manage.py ./
COPY haisum haisum
COPY news news
COPY static static
COPY templates templates

# The key signs nothing here: collectstatic only needs settings that load.
RUN SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=sqlite://:memory: \
    python manage.py collectstatic --noinput --verbosity 0

USER newsroom
EXPOSE 8000
VOLUME /srv/newsroom/media

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-m", "haisum.probe"]

CMD ["python", "-m", "haisum.serve", "--host", "0.0.0.0"]
