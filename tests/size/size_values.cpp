// Variants: to bytes and back, to text and back. tools/report_size links this; nobody runs it.
#include "netpeer.h"

using namespace netpeer;

int main(int argc, char **) {
	Variant value(argc);
	ByteBuffer bytes, text;
	if (encode_variant(value, bytes) != Error::OK || print_variant(value, text) != Error::OK) return 1;
	size_t consumed = 0;
	if (decode_variant(bytes.view(), value, consumed) != Error::OK) return 1;
	return parse_variant(text.view(), value) == Error::OK ? 0 : 1;
}
