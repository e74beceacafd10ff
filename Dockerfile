# The production image. It holds the code and its hash-pinned packages, and no secret, no data and no compiler.
# Settings come from the environment, secrets from files (NAME_FILE); docker-compose.yml shows all of them.

ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --require-hashes --no-deps --only-binary :all: -r /tmp/base.txt
WORKDIR /app
COPY . .
# Hashed and compressed static files need the production settings, and those refuse to load without values.
# The values below live for this one step and open nothing.
RUN PORTAL_MODE=production \
    SECRET_KEY=only-for-collecting-static-files-in-the-build-step-1 \
    MASTER_KEY=only-for-collecting-static-files-in-the-build-step-2 \
    DATABASE_URL=postgresql://nobody@localhost/nothing \
    REDIS_URL=redis://localhost/0 \
    SITE_URL=https://build.invalid \
    EMAIL_URL=smtp://localhost:25 \
    STORAGE_DIR=/tmp/storage \
    /opt/venv/bin/python manage.py collectstatic --noinput \
 && /opt/venv/bin/python -m compileall -q /opt/venv/lib . \
 && rm -rf requirements Makefile

FROM ${PYTHON_IMAGE} AS portal
RUN groupadd --system --gid 10001 portal \
 && useradd --system --uid 10001 --gid portal --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
 && install -d -o portal -g portal -m 0700 /var/lib/portal/storage /var/lib/portal/journal /run/portal
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings \
    PORTAL_MODE=production \
    PORT=8000 \
    STORAGE_DIR=/var/lib/portal/storage \
    RUN_DIR=/run/portal
USER 10001:10001
EXPOSE 8000
VOLUME ["/var/lib/portal/storage", "/var/lib/portal/journal"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "portal.health", "web"]
# No access log: it would keep the addresses of everybody who asks for their data.
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--max-requests", "2000", "--max-requests-jitter", "200", \
     "--graceful-timeout", "30", "--timeout", "60", "--no-control-socket"]
