#include "variant_types.h"

namespace netpeer {

const char *variant_type_name(VariantType type) {
	switch (type) {
#define NETPEER_VARIANT_TYPE_NAME(name, number, text)                                                                  \
	case VariantType::name: return text;
		NETPEER_VARIANT_TYPE_LIST(NETPEER_VARIANT_TYPE_NAME)
#undef NETPEER_VARIANT_TYPE_NAME
	}
	return "?";
}

} // namespace netpeer
