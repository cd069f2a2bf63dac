# The C# face over the shared library, with Mono. Not where that library is made for a sanitizer: mono does not have its
# run-time loaded.
if(NETPEER_SHARED AND UNIX AND NOT CMAKE_CROSSCOMPILING AND NOT "${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
	find_program(NETPEER_MCS mcs)
	find_program(NETPEER_MONO mono)
	if(NETPEER_MCS AND NETPEER_MONO)
		add_test(NAME csharp COMMAND ${CMAKE_CURRENT_LIST_DIR}/run_csharp_tests ${CMAKE_CURRENT_BINARY_DIR})
		set_tests_properties(csharp PROPERTIES TIMEOUT ${NETPEER_TEST_TIMEOUT})
	else()
		add_test(NAME csharp_mono_is_present COMMAND ${CMAKE_COMMAND}
			"-DWHAT=Mono (mono-mcs, mono-runtime): the C# face is not tested"
			-P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/absent_peer.cmake)
		set_tests_properties(csharp_mono_is_present PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")
	endif()
endif()
