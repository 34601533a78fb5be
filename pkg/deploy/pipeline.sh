#!/bin/sh
# Load and audit in a build job that has Go and a checkout of sagalab: run it in the checkout's root. It ends with sagalab's exit code.
set -eu
go build -o sagalab ./pkg/cmd/sagalab
export SAGALAB_API=http://127.0.0.1:8000
./sagalab serve --lab --addr 127.0.0.1:8000 2>serve.log & service=$!   # or your own service
trap 'kill $service; wait $service' EXIT
for second in 1 2 3 4 5 6 7 8 9 10; do ./sagalab health && break; sleep 1; done
code=0
./sagalab load --fixture plenty --stage light:50x10 --stage heavy:500x50 --threshold 'error_ratio < 1%' \
  --audit --junit junit.xml --json >load.json || code=$?
echo "sagalab ended with code $code"
exit $code
