# Cross build for Linux on another processor, with Debian's cross compilers:
#     cmake -DCMAKE_TOOLCHAIN_FILE=cmake/linux-cross.cmake -DNETPEER_CROSS_TARGET=s390x-linux-gnu
# tools/run_emulated lists the targets that are tested.
set(NETPEER_CROSS_TARGET "" CACHE STRING "What the names of the cross compilers begin with, e.g. s390x-linux-gnu")
if(NOT NETPEER_CROSS_TARGET)
	message(FATAL_ERROR "NETPEER_CROSS_TARGET is not set; it is e.g. s390x-linux-gnu")
endif()
# CMake reads this file again for its compiler checks, which know the variables named here only.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES NETPEER_CROSS_TARGET)
string(REGEX REPLACE "-.*" "" NETPEER_CROSS_PROCESSOR ${NETPEER_CROSS_TARGET})
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${NETPEER_CROSS_PROCESSOR})
set(CMAKE_C_COMPILER ${NETPEER_CROSS_TARGET}-gcc)
set(CMAKE_CXX_COMPILER ${NETPEER_CROSS_TARGET}-g++)
set(CMAKE_FIND_ROOT_PATH /usr/${NETPEER_CROSS_TARGET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
