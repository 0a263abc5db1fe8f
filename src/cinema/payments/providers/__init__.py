"""The payment providers: each an implementation of `cinema.payments.domain.port.Provider`, listed in `registry`."""
