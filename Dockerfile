# The reward server, and the simulated judge: one image, two commands. See docker-compose.yml.
#
#   docker build -t gavel .
#   docker run --rm gavel check /rewards/reward.yaml      any command of `gavel`
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY reward_server ./reward_server
COPY judges ./judges
COPY rubrics ./rubrics
# An environment of its own: `judges` and `rubrics` are names that other distributions may claim.
RUN python -m venv /opt/gavel && /opt/gavel/bin/pip install --no-cache-dir --disable-pip-version-check '.[math]'

FROM python:3.11-slim
COPY --from=build /opt/gavel /opt/gavel
# A new named volume takes over the owner of the folder it is mounted on.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin gavel \
    && install --directory --owner gavel --group gavel /data
ENV PATH=/opt/gavel/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GAVEL_PORT=8900 \
    GAVEL_STORE=/data/rollouts.sqlite3
USER 10001:10001
WORKDIR /data
EXPOSE 8900
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['GAVEL_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["gavel"]
CMD ["serve", "/rewards/reward.yaml"]
