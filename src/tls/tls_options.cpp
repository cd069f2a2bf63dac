#include "tls_options.h"

#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

std::shared_ptr<TLSOptions> TLSOptions::make(Mode mode) {
	return make_shared_object<TLSOptions>(*default_allocator(), Passkey(), mode);
}

std::shared_ptr<TLSOptions> TLSOptions::client(
        std::shared_ptr<X509Certificate> trusted_chain, const char *common_name_override) {
	const std::shared_ptr<TLSOptions> options = make(Mode::kClient);
	if (options == nullptr) return nullptr;
	options->trusted_ = std::move(trusted_chain);
	if (common_name_override != nullptr)
		(void)options->common_name_.assign(common_name_override); // too long a name is still too long when it is cut
	return options;
}

std::shared_ptr<TLSOptions> TLSOptions::client_unsafe(std::shared_ptr<X509Certificate> trusted_chain) {
	const std::shared_ptr<TLSOptions> options = make(Mode::kUnsafeClient);
	if (options == nullptr) return nullptr;
	options->trusted_ = std::move(trusted_chain);
	return options;
}

std::shared_ptr<TLSOptions> TLSOptions::server(
        std::shared_ptr<CryptoKey> key, std::shared_ptr<X509Certificate> certificate) {
	const std::shared_ptr<TLSOptions> options = make(Mode::kServer);
	if (options == nullptr) return nullptr;
	options->key_ = std::move(key);
	options->own_ = std::move(certificate);
	return options;
}

} // namespace netpeer
