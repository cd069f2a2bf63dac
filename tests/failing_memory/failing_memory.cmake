# Every test of the engine once more with its requests for memory failing in turn: failing_memory.<suite>.<test>.
# Native builds only: the engine takes the same turns everywhere.
add_library(netpeer_failing_memory_main OBJECT ${CMAKE_CURRENT_SOURCE_DIR}/tests/failing_memory/failing_memory_main.cpp)
add_executable(netpeer_failing_memory_tests
	$<TARGET_OBJECTS:netpeer_failing_memory_main> $<TARGET_OBJECTS:netpeer_engine_tests>)
# What shows that it can fail.
add_executable(netpeer_faulty_tests
	${CMAKE_CURRENT_SOURCE_DIR}/tests/failing_memory/faulty_tests.cpp $<TARGET_OBJECTS:netpeer_failing_memory_main>)
foreach(target netpeer_failing_memory_main netpeer_failing_memory_tests netpeer_faulty_tests)
	target_link_libraries(${target} PRIVATE netpeer ${NETPEER_GTEST})
	target_compile_options(${target} PRIVATE ${NETPEER_WARNINGS})
endforeach()
gtest_discover_tests(netpeer_failing_memory_tests TEST_PREFIX failing_memory. DISCOVERY_TIMEOUT 60
	PROPERTIES TIMEOUT ${NETPEER_TEST_TIMEOUT} LABELS failing_memory)

function(netpeer_faulty_test test expected)
	add_test(NAME failing_memory_notices.${test} COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:netpeer_faulty_tests>
		-DTEST=${test} "-DEXPECTED=${expected}" ${ARGN}
		-P ${CMAKE_CURRENT_SOURCE_DIR}/tests/failing_memory/check_faulty.cmake)
	set_tests_properties(failing_memory_notices.${test} PROPERTIES TIMEOUT 120 LABELS failing_memory)
endfunction()
netpeer_faulty_test(Faulty.Crashes "request 1 of 3 fails")
netpeer_faulty_test(Faulty.CrashesWithoutAnObject "request 1 of 1 fails")
netpeer_faulty_test(Faulty.BreaksAnInvariant "invariant broken: there is memory")
netpeer_faulty_test(Faulty.Leaks "request 2 of 2 fails\nFIND: it leaks: 1 blocks of 8 bytes")
netpeer_faulty_test(Faulty.GivesBackAnotherSize "FIND: a block was given back with a size it never had")
netpeer_faulty_test(Faulty.Hangs "request 1 of 1 fails\nFIND: it hangs: no end after 1 s")
netpeer_faulty_test(Faulty.NeverRecovers "FIND: it fails after the others although nothing fails any more")
netpeer_faulty_test(Faulty.FailsAnyway "FIND: it fails with all the memory there is")
netpeer_faulty_test(Faulty.NoSuchTest "FIND: no test was run")
netpeer_faulty_test(Sound.Copes "1 requests, 1 runs, 0 not reached, 0 finds" -DGOOD=ON)
netpeer_faulty_test(Sound.ExpectsWhatNeedsMemory "2 requests, 2 runs, 0 not reached, 0 finds" -DGOOD=ON)

# TLS, with mbedTLS's own requests failing as well: a program of its own, because it has its own calloc.
if(NETPEER_WITH_MBEDTLS)
	add_executable(netpeer_mbedtls_memory_tests
		${CMAKE_CURRENT_SOURCE_DIR}/tests/failing_memory/mbedtls_memory_tests.cpp
		${CMAKE_CURRENT_SOURCE_DIR}/tests/support/test_certificates.cpp)
	target_link_libraries(netpeer_mbedtls_memory_tests PRIVATE netpeer ${NETPEER_GTEST})
	target_compile_options(netpeer_mbedtls_memory_tests PRIVATE ${NETPEER_WARNINGS})
	gtest_discover_tests(netpeer_mbedtls_memory_tests TEST_PREFIX failing_memory. DISCOVERY_TIMEOUT 60
		PROPERTIES TIMEOUT ${NETPEER_TEST_TIMEOUT} LABELS failing_memory)
endif()
