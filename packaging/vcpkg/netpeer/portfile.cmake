# An overlay port: it builds the checkout it lies in, whichever commit that is.
#     vcpkg install "netpeer[mbedtls]" --overlay-ports=netpeer/packaging/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

vcpkg_check_linkage(ONLY_STATIC_LIBRARY)
vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
	FEATURES
		zlib NETPEER_WITH_ZLIB
		zstd NETPEER_WITH_ZSTD
		mbedtls NETPEER_WITH_MBEDTLS
)
vcpkg_cmake_configure(
	SOURCE_PATH "${SOURCE_PATH}"
	OPTIONS
		${FEATURE_OPTIONS}
		-DNETPEER_BUILD_TESTS=OFF
		-DNETPEER_BUILD_TOOLS=OFF
		-DNETPEER_INSTALL=ON
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/netpeer)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
