# The lab in a container:
#
#   docker build -t sagalab .
#   docker run --rm -p 127.0.0.1:8888:8888 sagalab
#
# and open the address it prints. Publish the port on loopback, as above: whoever has the token in the address can run
# programs in the container.
FROM golang:1.26.8-bookworm

# tini: a kernel's orphans become children of the first process, which has to reap them.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 lab

USER lab
WORKDIR /home/lab/sagalab

# What changes seldom comes first, so that editing a notebook does not fetch modules again.
COPY --chown=lab:lab go.mod go.sum ./
RUN go mod download
COPY --chown=lab:lab . .
RUN go build -o /home/lab/bin/sagalab ./pkg/cmd/sagalab \
 && /home/lab/bin/sagalab setup

ENV PATH=/home/lab/bin:$PATH
EXPOSE 8888
# SIGINT is Ctrl-C: everything is ended in order.
STOPSIGNAL SIGINT
ENTRYPOINT ["tini", "--"]
CMD ["sagalab", "lab", "--jupyter", "0.0.0.0:8888", "--exposed"]
