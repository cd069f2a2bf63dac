#include "error_list.h"

namespace netpeer {

const char *error_name(Error error) {
	switch (error) {
#define NETPEER_ERROR_NAME(name, number, text)                                                                         \
	case Error::name: return #name;
		NETPEER_ERROR_LIST(NETPEER_ERROR_NAME)
#undef NETPEER_ERROR_NAME
	}
	return "UNKNOWN";
}

const char *error_text(Error error) {
	switch (error) {
#define NETPEER_ERROR_TEXT(name, number, text)                                                                         \
	case Error::name: return text;
		NETPEER_ERROR_LIST(NETPEER_ERROR_TEXT)
#undef NETPEER_ERROR_TEXT
	}
	return "Unknown error";
}

} // namespace netpeer
