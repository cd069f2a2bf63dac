# cmake -DPROGRAM=<netpeer_faulty_tests> -DTEST=<suite.test> -DEXPECTED=<what it must say> [-DGOOD=ON] -P check_faulty.cmake
# Without GOOD the program must also fail.
set(ENV{NETPEER_FAILING_MEMORY_SECONDS} 1)
execute_process(COMMAND ${PROGRAM} --gtest_filter=${TEST} RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said
	TIMEOUT 60)
if(GOOD AND NOT result STREQUAL "0")
	message(FATAL_ERROR "${TEST} is sound, yet the program ended with ${result}:\n${said}")
elseif(NOT GOOD AND result STREQUAL "0")
	message(FATAL_ERROR "the fault of ${TEST} was not noticed:\n${said}")
elseif(NOT said MATCHES "${EXPECTED}")
	message(FATAL_ERROR "${TEST} ended with ${result} and did not say \"${EXPECTED}\":\n${said}")
elseif(NOT GOOD AND said MATCHES " 0 finds")
	message(FATAL_ERROR "${TEST} was not counted:\n${said}")
endif()
