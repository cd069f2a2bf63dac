# Cross build for 64-bit Windows:  cmake -DCMAKE_TOOLCHAIN_FILE=cmake/mingw-w64.cmake
# The variant with POSIX threads is asked for first: the other one has no std::thread in GCC 12.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
find_program(NETPEER_MINGW_CC NAMES x86_64-w64-mingw32-gcc-posix x86_64-w64-mingw32-gcc)
find_program(NETPEER_MINGW_CXX NAMES x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++)
find_program(NETPEER_MINGW_RC NAMES x86_64-w64-mingw32-windres)
set(CMAKE_C_COMPILER ${NETPEER_MINGW_CC})
set(CMAKE_CXX_COMPILER ${NETPEER_MINGW_CXX})
set(CMAKE_RC_COMPILER ${NETPEER_MINGW_RC})
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Programs and libraries carry their run-time libraries along, so they start on a bare machine and under Wine.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static")
