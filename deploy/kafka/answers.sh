#!/bin/bash
# Whether the broker answers a request of Kafka's protocol (ApiVersions, version 0). Compose asks every few seconds, so
# no Java is started for it, as Kafka's own tools would.
set -eu
exec 3<>/dev/tcp/127.0.0.1/"${1:-9092}"
printf '\0\0\0\012\0\022\0\0\0\0\0\052\377\377' >&3
# Length, then our correlation number (42), then error 0.
answer=$(head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n')
[[ ${answer:8:12} == 0000002a0000 ]]
