# The test programs once more, on the single-file form instead of the library: target netpeer_amalgamated_tests, programs in
# amalgamated/ of the build folder. The tests' own objects are linked a second time, not compiled. See tests/amalgamation.
find_package(Python3 COMPONENTS Interpreter QUIET)
if(NOT Python3_Interpreter_FOUND)
	return()
endif()
set(NETPEER_DIST ${CMAKE_CURRENT_BINARY_DIR}/dist)
add_custom_command(OUTPUT ${NETPEER_DIST}/netpeer.cpp
	COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/amalgamate --out ${NETPEER_DIST}
	COMMAND ${CMAKE_COMMAND} -E touch ${NETPEER_DIST}/netpeer.cpp
	DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tools/amalgamate ${NETPEER_SOURCES} ${NETPEER_HEADERS}
	COMMENT "Writing the single-file form")
add_library(netpeer_amalgamated STATIC EXCLUDE_FROM_ALL ${NETPEER_DIST}/netpeer.cpp)
# Whatever the library is built with, and nothing of where its sources are.
get_target_property(libraries netpeer LINK_LIBRARIES)
get_target_property(definitions netpeer COMPILE_DEFINITIONS)
get_target_property(options netpeer COMPILE_OPTIONS)
target_compile_features(netpeer_amalgamated PUBLIC cxx_std_17)
target_compile_options(netpeer_amalgamated PRIVATE ${options})
target_link_libraries(netpeer_amalgamated PUBLIC ${libraries})
if(definitions)
	target_compile_definitions(netpeer_amalgamated PRIVATE ${definitions})
endif()
if(NETPEER_WITH_MBEDTLS AND NETPEER_MBEDTLS_INCLUDE_DIR)
	target_include_directories(netpeer_amalgamated SYSTEM PRIVATE ${NETPEER_MBEDTLS_INCLUDE_DIR})
endif()

add_custom_target(netpeer_amalgamated_tests)
get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
foreach(target ${targets})
	get_target_property(type ${target} TYPE)
	if(NOT type STREQUAL "EXECUTABLE" OR NOT target MATCHES "_tests$" OR target MATCHES "faulty")
		continue()
	endif()
	get_target_property(libraries ${target} LINK_LIBRARIES)
	get_target_property(left_out ${target} EXCLUDE_FROM_ALL)
	if(left_out OR NOT "netpeer" IN_LIST libraries)
		continue()
	endif()
	list(REMOVE_ITEM libraries netpeer)
	get_target_property(objects ${target} SOURCES)
	list(FILTER objects INCLUDE REGEX "TARGET_OBJECTS")
	get_target_property(exports ${target} ENABLE_EXPORTS)
	# No file of its own, so the language has to be told.
	add_executable(amalgamated_${target} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${target}> ${objects})
	target_link_libraries(amalgamated_${target} PRIVATE netpeer_amalgamated ${libraries})
	set_target_properties(amalgamated_${target} PROPERTIES LINKER_LANGUAGE CXX ENABLE_EXPORTS "${exports}"
		OUTPUT_NAME ${target} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/amalgamated)
	add_dependencies(netpeer_amalgamated_tests amalgamated_${target})
endforeach()
