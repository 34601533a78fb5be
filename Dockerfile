# JupyterLab, the reference service or a worker in a container:
#
#   docker build -t sagalab .
#   docker run --rm -p 127.0.0.1:8888:8888 sagalab
#   docker run --rm -p 127.0.0.1:8000:8000 sagalab serve --lab --addr 0.0.0.0:8000
#   docker run --rm -e PGPASSWORD sagalab worker --db 'postgres://sagalab_fleet@db.example/sagalab?sslmode=verify-full' --allow-host shop.example
#
# The first prints an address to open. Publish ports on loopback, as above: the token in the address allows to run programs in the
# container, and the service has no authentication.
#
# Services and workers need no Jupyter and no Go; they have an image of one file, which takes the same commands:
#
#   docker build --target service -t sagalab-service .

FROM golang:1.26.8-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Without C the program is static, and needs nothing of a system but the authorities that certificates are verified with.
# Git's files are in the context only for the commit, which is linked into the program here: the go command's own stamp would report
# the files that .dockerignore leaves out as changes.
RUN commit=$(git rev-parse HEAD 2>/dev/null || true) \
 && if [ -n "$(git status --porcelain -- pkg go.mod go.sum 2>/dev/null)" ]; then commit="$commit+changed"; fi \
 && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -X sagalab/pkg/internal/provenance.commit=$commit" -o /image/usr/local/bin/sagalab ./pkg/cmd/sagalab \
 && mkdir -p /image/etc/ssl/certs /tmp/empty \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch AS service
COPY --from=program /image/ /
COPY --from=program --chown=1000:1000 /tmp/empty /tmp
ENV PATH=/usr/local/bin
USER 1000:1000
EXPOSE 8000
ENTRYPOINT ["/usr/local/bin/sagalab"]

FROM golang:1.26.8-bookworm AS lab

# tini: orphans of a kernel become children of process 1, which has to reap them.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 lab

USER lab
WORKDIR /home/lab/sagalab

# What rarely changes comes first, so that editing a notebook does not download modules again.
COPY --chown=lab:lab go.mod go.sum ./
RUN go mod download
COPY --chown=lab:lab . .
# The program and the notebooks' cells run git to find their commit.
RUN go build -buildvcs=false -o /home/lab/bin/sagalab ./pkg/cmd/sagalab \
 && /home/lab/bin/sagalab setup

ENV PATH=/home/lab/bin:$PATH
EXPOSE 8888
# SIGINT is Ctrl-C, which stops everything in order.
STOPSIGNAL SIGINT
ENTRYPOINT ["tini", "--", "sagalab"]
CMD ["lab", "--jupyter", "0.0.0.0:8888", "--exposed"]
