# Production image: the dependencies are built apart, the portal runs without a compiler, without root and without secret.
FROM python:3.11-slim-bookworm AS dependencies
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app portal
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cned_portal.settings.production \
    STATIC_ROOT=/app/staticfiles \
    MEDIA_ROOT=/app/media
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY . .
# The settings of the build hold no secret and reach no service: files are gathered, hashed and compressed.
RUN DJANGO_SETTINGS_MODULE=cned_portal.settings.build python manage.py collectstatic --no-input --verbosity 0 \
        --ignore component --ignore legacy --ignore '*.legacy.min.css' --ignore analytics --ignore drf_spectacular_sidecar \
    && mkdir media && chown portal media
USER portal
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "cned_portal.wsgi:application"]
