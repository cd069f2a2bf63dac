#!/bin/bash -eu
# Builds every fuzz target the way OSS-Fuzz and ClusterFuzzLite ask for it: with $CC, $CXX, $CFLAGS, $CXXFLAGS and
# $LIB_FUZZING_ENGINE, into $OUT, beside each target its seed corpus, its dictionary and its options.
#   fuzz_<thing>, fuzz_<thing>_seed_corpus.zip, fuzz_<thing>.dict, fuzz_<thing>.options
# Objects go to $WORK. Arguments go to CMake. tools/run_fuzz calls this too: there is one way to build a target.
#
# zlib, libzstd and mbedTLS are linked statically, because targets run on another machine than the one that builds them.
# mbedTLS may be a source tree: $SRC/mbedtls. Without a version that serves, the targets of TLS are left out and named.
cd "$(dirname "$0")/.."
: "${CC:?}" "${CXX:?}" "${LIB_FUZZING_ENGINE:?}" "${OUT:?}"
export CFLAGS=${CFLAGS:-} CXXFLAGS=${CXXFLAGS:-}
build=${WORK:-$OUT/work}/netpeer
jobs=${JOBS:-$(nproc)}

settings=(-DCMAKE_BUILD_TYPE=None -DNETPEER_BUILD_FUZZERS=ON "-DNETPEER_FUZZ_ENGINE=$LIB_FUZZING_ENGINE"
	-DNETPEER_BUILD_TESTS=OFF -DNETPEER_BUILD_TOOLS=OFF -DNETPEER_INSTALL=OFF)
# The archive of lib$1, where the compiler looks for it; CMake's own search would take the shared one.
archive() {
	local file
	file=$($CC -print-file-name="lib$1.a")
	if [ -e "$file" ]; then settings+=("-D$2=$file"); fi
}
archive z ZLIB_LIBRARY
archive zstd NETPEER_LIB_zstd
if [ -e "${SRC:-}/mbedtls/CMakeLists.txt" ]; then
	settings+=("-DNETPEER_MBEDTLS_DIR=$SRC/mbedtls")
else
	for library in mbedtls mbedx509 mbedcrypto; do archive $library NETPEER_LIB_$library; done
fi
cmake -S . -B "$build" "${settings[@]}" "$@"
cmake --build "$build" -j"$jobs"

mkdir -p "$OUT"
tls=$(sed -n 's/^NETPEER_WITH_MBEDTLS:BOOL=//p' "$build/CMakeCache.txt")
for source in fuzz/fuzz_*.cpp; do
	target=$(basename "$source" .cpp)
	thing=${target#fuzz_}
	if [ "$target" = fuzz_main ]; then continue; fi
	case $tls:$thing in
		# They would have nothing to do.
		OFF:tls_* | OFF:dtls_client | OFF:dtls_server | OFF:pem)
			echo "left out, without mbedTLS: $target"
			continue
			;;
	esac
	cp "$build/fuzz/$target" "$OUT/$target"
	cp fuzz/all.options "$OUT/$target.options"
	if [ -e "fuzz/dict/$thing.dict" ]; then cp "fuzz/dict/$thing.dict" "$OUT/$target.dict"; fi
	if [ -d "fuzz/corpus/$thing" ]; then
		rm -f "$OUT/${target}_seed_corpus.zip"
		(cd "fuzz/corpus/$thing" && cmake -E tar cf "$OUT/${target}_seed_corpus.zip" --format=zip -- *)
	fi
done
