# syntax=docker/dockerfile:1

# A node beside an agent. State is in /data; mount a volume there, or the identity goes with the container.
#
#     docker build -t aip-node .
#     docker run -v aip-node:/data -p 7471:7471 aip-node

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# LevelDB comes as a ready binary, so no install script has to run.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY config/tools/vite.config.ts config/tools/
COPY src src/
RUN node scripts/build.ts
RUN npm prune --omit=dev --ignore-scripts

FROM node:24-slim
LABEL org.opencontainers.image.title="aip-node" \
      org.opencontainers.image.description="A peer-to-peer trust node that runs beside an AI agent" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 65532 aip \
 && useradd --uid 65532 --gid 65532 --home-dir /data --no-create-home --shell /usr/sbin/nologin aip \
 && install -d -o 65532 -g 65532 -m 0700 /data /data/run
WORKDIR /opt/aip-node
COPY package.json README.md CHANGELOG.md LICENSE NOTICE THIRD_PARTY_NOTICES ./
COPY config/network config/network/
COPY --from=build /build/node_modules node_modules/
COPY --from=build /build/dist dist/
RUN ln -s /opt/aip-node/dist/src/cli/main.js /usr/local/bin/aip-node
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    AIP_NODE_HOME=/data
VOLUME /data
EXPOSE 7471
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["aip-node", "health"]
ENTRYPOINT ["tini", "--", "aip-node"]
CMD ["start"]
