# Причины, словами: для страниц и писем. Каждая продолжает фразу: «Не удалось списать деньги: …».

reason-unknown = банк или платёжный сервис отказал, не назвав причины

# Почему не прошёл платёж.
reason-payment-card_expired = истёк срок действия карты
reason-payment-country_forbidden = картой, выпущенной в этой стране, заплатить нельзя
reason-payment-declined_by_issuer = банк, выпустивший карту, отклонил платёж
reason-payment-fraud_suspected = платёж показался банку подозрительным
reason-payment-general_decline = банк или платёжный сервис отказал, не назвав причины
reason-payment-identification_required = платёжный сервис просит подтвердить личность владельца кошелька
reason-payment-insufficient_funds = на счёте не хватило денег
reason-payment-issuer_unavailable = банк, выпустивший карту, не отвечал
reason-payment-limit_exceeded = превышен лимит платежей
reason-payment-loan_declined = в рассрочке отказано
reason-payment-method_removed = способ оплаты удалён
reason-payment-method_restricted = операции с этим способом оплаты ограничены
reason-payment-method_unknown = платёжный сервис больше не знает этот способ оплаты
reason-payment-operator_unsupported = платежи со счёта этого мобильного оператора не принимаются
reason-payment-permission_revoked = разрешение на автоматические списания отозвано
reason-payment-provider_timeout = платёжный сервис не ответил вовремя
reason-payment-three_d_secure_failed = платёж не подтверждён кодом от банка
reason-payment-wrong_card_number = неверный номер карты
reason-payment-wrong_security_code = неверный код с карты (CVC)
reason-payment-canceled_at_provider = платёж отменён на стороне платёжного сервиса
reason-payment-expired = время на оплату вышло
reason-payment-given_up = заказ отменён до оплаты
reason-payment-not_captured = деньги были только зарезервированы, и резерв снят
reason-payment-not_confirmed = платёж не подтверждён вовремя
reason-payment-provider_unavailable = платёжный сервис был недоступен
reason-payment-request_rejected = платёжный сервис не принял запрос; мы уже разбираемся

# Почему деньги не вернулись.
reason-refund-account_closed = счёт или карта, с которых был платёж, закрыты
reason-refund-basket_mismatch = состав возврата не сошёлся с чеком; мы уже разбираемся
reason-refund-exceeds_payment = вместе с прежними возвратами это больше, чем было заплачено
reason-refund-general_failure = банк или платёжный сервис отказал, не назвав причины
reason-refund-not_refundable = платёж не был завершён
reason-refund-payment_too_old = с платежа прошло слишком много времени
reason-refund-provider_timeout = платёжный сервис не ответил вовремя
reason-refund-provider_unavailable = платёжный сервис был недоступен
reason-refund-rejected_by_payee = банк или кошелёк, с которого был платёж, не принял деньги обратно
reason-refund-request_rejected = платёжный сервис не принял запрос; мы уже разбираемся
reason-refund-returned_otherwise = деньги вернулись другим путём, через платёжный сервис
reason-refund-shop_balance_too_low = на нашем счёте в платёжном сервисе не хватило денег

# Почему подписка продлевается сама или не продлевается.
reason-renewal-agreed = вы согласились на продление при оплате
reason-renewal-method_chosen = вы выбрали, чем платить за продление
reason-renewal-resumed = вы сняли отмену
reason-renewal-refund_failed = вернуть за неё деньги не удалось
reason-renewal-not_agreed = вы оформили её без продления
reason-renewal-canceled = вы её отменили
reason-renewal-refund_requested = деньги за её последний период возвращаются
reason-renewal-method_not_saved = способ оплаты, которым вы её оплатили, не удалось сохранить для следующих списаний
reason-renewal-method_removed = вы удалили способ оплаты, с которого она продлевалась
reason-renewal-method_revoked = способ оплаты, с которого она продлевалась, больше не действует: так решил банк или платёжный сервис

# Почему подписка закончилась.
reason-ended-never_paid = она так и не была оплачена
reason-ended-canceled = вы её отменили
reason-ended-not_renewed = период истёк, а оформлена она была без продления
reason-ended-payment_failed = списать деньги за продление так и не удалось
reason-ended-not_told = мы не смогли предупредить вас о списании, а без предупреждения не списываем
reason-ended-refunded = деньги за неё возвращены
reason-ended-no_method = период истёк, а способа оплаты, с которого её можно продлить, нет

# Чем решено, сколько возвращается.
reason-basis-whole = покупка новая, и по ней ничего не смотрели
reason-basis-unused_time = время, которое ещё не прошло
reason-basis-staff = решение нашего сотрудника
reason-basis-surplus = этим платежом ничего не куплено
reason-basis-provider = возврат через платёжный сервис
