# For ndk-build: a static library, for modules that say LOCAL_STATIC_LIBRARIES := netpeer. See docs/android.md.
# Sources are taken by folder; tests/hygiene/check_android_mk.py holds that none is missing.
LOCAL_PATH := $(call my-dir)

include $(CLEAR_VARS)
LOCAL_MODULE := netpeer
NETPEER_FOLDERS := c_abi core core/platform socket socket/platform compress packet reliable reliable/transport stream tls \
	tls/backend_mbedtls
LOCAL_SRC_FILES := $(patsubst $(LOCAL_PATH)/%,%,$(wildcard $(LOCAL_PATH)/src/*.cpp) \
	$(foreach folder,$(NETPEER_FOLDERS),$(wildcard $(LOCAL_PATH)/src/$(folder)/*.cpp)))
LOCAL_CPPFLAGS := -std=c++17 -fno-exceptions -fno-rtti
LOCAL_EXPORT_C_INCLUDES := $(LOCAL_PATH)/src
# Devices with pages of 16 KiB load nothing that is aligned to less.
LOCAL_EXPORT_LDFLAGS := -Wl,-z,max-page-size=16384
include $(BUILD_STATIC_LIBRARY)
