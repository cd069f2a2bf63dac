-- netpeer's single-file form in third_party/netpeer. With a copy of src/ there instead: "third_party/netpeer/**.cpp".
solution "game"
	configurations { "Debug", "Release" }

project "game"
	kind "ConsoleApp"
	language "C++"
	buildoptions { "-std=c++17" } -- in Premake 5 rather: cppdialect "C++17"
	includedirs { "third_party/netpeer" }
	files { "hello.cpp", "third_party/netpeer/netpeer.cpp" }

	configuration "windows"
		links { "ws2_32", "bcrypt", "iphlpapi" }

	configuration "not windows"
		links { "pthread" }
