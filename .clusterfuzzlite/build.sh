#!/bin/bash -eu
# Called by ClusterFuzzLite with the compiler, its flags, the engine and $OUT in the environment.
exec "$SRC/netpeer/fuzz/build.sh"
