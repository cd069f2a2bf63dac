# NETPEER_SHARED: besides the static library, libnetpeer_c, a shared one for C and whatever calls C. It exports the functions
# of src/netpeer_c.h and nothing else: C++ names would tie its users to one compiler and one version. Made of the objects of
# the static library, so nothing is compiled twice.
file(STRINGS src/netpeer_c.h NETPEER_C_ABI_LINE REGEX "define NETPEER_C_ABI_VERSION [0-9]+$")
string(REGEX MATCH "[0-9]+$" NETPEER_C_ABI "${NETPEER_C_ABI_LINE}")
set_target_properties(netpeer PROPERTIES POSITION_INDEPENDENT_CODE ON
	CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_compile_definitions(netpeer PRIVATE NETPEER_C_EXPORTS=1)

add_library(netpeer_c SHARED $<TARGET_OBJECTS:netpeer>)
add_library(netpeer::netpeer_c ALIAS netpeer_c)
set_target_properties(netpeer_c PROPERTIES LINKER_LANGUAGE CXX
	VERSION ${PROJECT_VERSION} SOVERSION ${NETPEER_C_ABI})
if(WIN32)
	set_target_properties(netpeer_c PROPERTIES PREFIX "") # netpeer_c.dll by any compiler: run-times look for that
endif()
get_target_property(NETPEER_INCLUDED netpeer INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(netpeer_c INTERFACE ${NETPEER_INCLUDED})
target_compile_definitions(netpeer_c INTERFACE NETPEER_C_SHARED=1)
get_target_property(NETPEER_LINKED netpeer LINK_LIBRARIES)
target_link_libraries(netpeer_c PRIVATE ${NETPEER_LINKED})
# What whoever links the static library must ask the linker for (Android's pages): so must this.
get_target_property(NETPEER_LINKING netpeer INTERFACE_LINK_OPTIONS)
if(NETPEER_LINKING)
	target_link_options(netpeer_c PRIVATE ${NETPEER_LINKING})
endif()

# Hidden visibility leaves what templates of the standard library make of our types; the linker is told the names as well.
if(APPLE)
	file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/netpeer_c.exports "_netpeer_*\n")
	target_link_options(netpeer_c PRIVATE
		-Wl,-exported_symbols_list,${CMAKE_CURRENT_BINARY_DIR}/netpeer_c.exports)
elseif(UNIX)
	file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/netpeer_c.map "{ global: netpeer_*; local: *; };\n")
	target_link_options(netpeer_c PRIVATE -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/netpeer_c.map)
endif()

if(NETPEER_INSTALL)
	include(GNUInstallDirs)
	install(TARGETS netpeer_c EXPORT netpeerTargets
		ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
		RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
