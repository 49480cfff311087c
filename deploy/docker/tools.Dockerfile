# The image of what is no service: secrets, topics, and, for a demonstration, the token issuer and the BPJS sandbox.
# Its argument is the module to run. The first steps are those of the services' images, so their layer is shared.
FROM python:3.11-slim AS build
COPY requirements/runtime.txt /build/runtime.txt
RUN python -m venv --without-pip /opt/payung \
 && python -m pip --python /opt/payung/bin/python install --no-cache-dir --require-hashes -r /build/runtime.txt
COPY deploy/docker/install.py deploy/docker/probe.py /build/
COPY pyproject.toml /app/
COPY shared /app/shared
COPY deploy /app/deploy
# The folders that become volumes: who makes the secrets, the exchange's other side, the issuer's own keys.
RUN /opt/payung/bin/python /build/install.py /app && chmod -R a+rX /app \
 && for folder in enrolment subsidy compliance notification login; do \
      install -d -o 10001 -g 10001 -m 0700 "/volumes/secrets/$folder"; done \
 && for folder in enrolment subsidy compliance notification; do \
      install -d -o 10001 -g 10001 -m 0755 "/volumes/secrets/$folder-db"; done \
 && install -d -o 10001 -g 10001 -m 0700 /volumes/exchange/enrolment /volumes/exchange/subsidy /volumes/state

FROM python:3.11-slim
COPY --from=build /opt/payung /opt/payung
COPY --from=build /app /app
COPY --from=build /volumes /
ENV PATH=/opt/payung/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["/opt/payung/bin/python", "-m"]
