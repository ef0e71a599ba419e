# SD-anlegg in an image: built with hashes, run as nobody in particular on a read-only file system.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/sd-anlegg \
    && /opt/sd-anlegg/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . .
# The pages are built on the way; Node is brought into the build and left behind there.
RUN /opt/sd-anlegg/bin/pip install --no-deps .

FROM python:3.11-slim-bookworm
ENV PATH=/opt/sd-anlegg/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 sd \
    && useradd --system --uid 10001 --gid sd --home-dir /nonexistent --shell /usr/sbin/nologin sd \
    && install -d -o sd -g sd -m 0750 /var/lib/sd-anlegg \
    && install -d -o sd -g sd -m 0755 /run/sd-anlegg
COPY --from=build /opt/sd-anlegg /opt/sd-anlegg
USER 10001:10001
VOLUME ["/var/lib/sd-anlegg", "/run/sd-anlegg"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz/live', timeout=4)"]
ENTRYPOINT ["sdanlegg"]
CMD ["--help"]
