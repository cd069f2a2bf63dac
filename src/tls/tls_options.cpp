#include "tls_options.h"

#include <utility>

namespace netpeer {

std::shared_ptr<TLSOptions> TLSOptions::client(
        std::shared_ptr<X509Certificate> trusted_chain, const char *common_name_override) {
	const std::shared_ptr<TLSOptions> options(new TLSOptions(Mode::kClient));
	options->trusted_ = std::move(trusted_chain);
	if (common_name_override != nullptr) options->common_name_ = common_name_override;
	return options;
}

std::shared_ptr<TLSOptions> TLSOptions::client_unsafe(std::shared_ptr<X509Certificate> trusted_chain) {
	const std::shared_ptr<TLSOptions> options(new TLSOptions(Mode::kUnsafeClient));
	options->trusted_ = std::move(trusted_chain);
	return options;
}

std::shared_ptr<TLSOptions> TLSOptions::server(
        std::shared_ptr<CryptoKey> key, std::shared_ptr<X509Certificate> certificate) {
	const std::shared_ptr<TLSOptions> options(new TLSOptions(Mode::kServer));
	options->key_ = std::move(key);
	options->own_ = std::move(certificate);
	return options;
}

} // namespace netpeer
