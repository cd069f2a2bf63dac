# What `make install` and packagers get. Headers keep their folders below include/netpeer; include/netpeer.h and
# include/netpeer_c.h lead there, so <netpeer.h> is found by whoever finds include/, with or without a build system.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(NETPEER_MADE ${CMAKE_CURRENT_BINARY_DIR}/install)

install(TARGETS netpeer EXPORT netpeerTargets
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
	RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY src/ DESTINATION include/netpeer FILES_MATCHING PATTERN "*.h"
	PATTERN "platform" EXCLUDE PATTERN "backend_mbedtls" EXCLUDE PATTERN "c_abi" EXCLUDE)
file(GLOB faces RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/src CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.h)
foreach(face ${faces})
	file(WRITE ${NETPEER_MADE}/${face} "/* Leads to the headers of netpeer ${PROJECT_VERSION}. */\n#include \"netpeer/${face}\"\n")
	install(FILES ${NETPEER_MADE}/${face} DESTINATION include)
endforeach()

# --- CMake: find_package(netpeer) ---

install(EXPORT netpeerTargets NAMESPACE netpeer:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/netpeer)
configure_package_config_file(cmake/netpeerConfig.cmake.in ${NETPEER_MADE}/netpeerConfig.cmake
	INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/netpeer)
write_basic_package_version_file(${NETPEER_MADE}/netpeerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${NETPEER_MADE}/netpeerConfig.cmake ${NETPEER_MADE}/netpeerConfigVersion.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/netpeer)

# --- pkg-config ---

set(NETPEER_PC_LIBDIR ${CMAKE_INSTALL_LIBDIR})
file(RELATIVE_PATH NETPEER_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" NETPEER_PC_PREFIX "${NETPEER_PC_PREFIX}")
set(NETPEER_PC_REQUIRES "")
set(NETPEER_PC_LIBS "")
set(NETPEER_PC_DEFINITIONS "")
foreach(package ZLIB:zlib ZSTD:libzstd MBEDTLS:)
	string(REGEX REPLACE ":.*" "" switch ${package})
	string(REGEX REPLACE ".*:" "" name ${package})
	if(NETPEER_WITH_${switch})
		string(APPEND NETPEER_PC_DEFINITIONS " -DNETPEER_WITH_${switch}=1")
		if(name)
			string(APPEND NETPEER_PC_REQUIRES " ${name}")
		else() # no .pc file of its own before 3.6
			string(APPEND NETPEER_PC_LIBS " -lmbedtls -lmbedx509 -lmbedcrypto")
		endif()
	endif()
endforeach()
if(WIN32)
	string(APPEND NETPEER_PC_LIBS " -lws2_32 -lbcrypt -liphlpapi")
elseif(CMAKE_THREAD_LIBS_INIT)
	string(APPEND NETPEER_PC_LIBS " ${CMAKE_THREAD_LIBS_INIT}")
else()
	string(APPEND NETPEER_PC_LIBS " -pthread")
endif()
# For programs in C, whose linker does not add it.
foreach(library ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
	if(library MATCHES "^(stdc|c)\\+\\+$")
		string(APPEND NETPEER_PC_LIBS " -l${library}")
	endif()
endforeach()
set(packages netpeer)
if(TARGET netpeer_c)
	list(APPEND packages netpeer_c)
endif()
foreach(package ${packages})
	configure_file(cmake/${package}.pc.in ${NETPEER_MADE}/${package}.pc @ONLY)
	install(FILES ${NETPEER_MADE}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
