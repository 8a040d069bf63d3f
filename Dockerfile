# Images of wbcweb. `cpu` does everything but computing on a GPU; `cuda` is for the workers that do.
#
#   docker build --target cpu --tag wbcweb:cpu .
#
# The exact versions of everything inside stand in requirements/base.txt and frontend/package-lock.json.
ARG PYTHON_IMAGE=python:3.11.15-slim-trixie
ARG NODE_IMAGE=node:24.19.0-trixie-slim

# --- The browser's scripts -----

FROM ${NODE_IMAGE} AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

# --- Python's packages, once for each kind of machine -----

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements/base.txt ./
COPY deploy/install-packages.sh ./

FROM packages AS packages-cpu
ARG TORCH_CPU_INDEX=""
RUN sh install-packages.sh cpu base.txt

FROM packages AS packages-cuda
RUN sh install-packages.sh cuda base.txt

# --- The site, with its static files gathered -----

FROM packages-cpu AS site
WORKDIR /app
COPY LICENSE manage.py ./
COPY wbcweb/ wbcweb/
COPY apps/ apps/
COPY ml/ ml/
COPY templates/ templates/
COPY docs/ docs/
COPY deploy/ deploy/
COPY static/ static/
COPY --from=frontend /build/static/build/ static/build/
RUN WBCWEB_DATA_DIR=/tmp/building python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q manage.py wbcweb apps ml deploy \
 && chmod -R u=rwX,go=rX . \
 && rm -rf /tmp/building

# --- What runs: nobody's account, nothing of it can be changed, all data in /data -----

FROM ${PYTHON_IMAGE} AS runtime
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    WBCWEB_DATA_DIR=/data
# pg_dump and pg_restore, for backups; of the same release as the server in docker-compose.yml.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 wbcweb \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin wbcweb \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data /certificates /received
WORKDIR /app
COPY --from=site /app/ /app/
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py"]

FROM runtime AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=packages-cuda /opt/venv/ /opt/venv/
USER 10001:10001

FROM runtime AS cpu
COPY --from=packages-cpu /opt/venv/ /opt/venv/
USER 10001:10001
