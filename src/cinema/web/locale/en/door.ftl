# Signing in, up and out.

sign-in-title = Sign in
sign-in-name = Login or e-mail
sign-in-password = Password
sign-in-act = Sign in
sign-in-no-account = No account yet?
sign-in-to-pay = Sign in, and we will take you back to your purchase.
sign-in-ended = Your session is over. Sign in again, and we will take you back.
sign-in-after-sign-up = One more step: sign in.
sign-in-after-sign-up-why = If we know this address already, we have sent a mail to it: look there, and sign in with the password that you had.

sign-up-title = Sign up
sign-up-free = An account is free, and needs no card.
sign-up-email = E-mail
sign-up-email-hint = Receipts come here, and a notice before each charge.
sign-up-login = Login
sign-up-login-hint = 3 to 32 characters: Latin letters, digits, dots, hyphens and underscores. It begins with a letter.
sign-up-password = Password
sign-up-password-hint = 8 characters or more. A phrase of several words is best. The most common passwords, your login and your address will not do.
sign-up-zone = Time zone
sign-up-zone-hint = The days of a subscription and the times of charges are counted by it.
sign-up-act = Create the account
sign-up-has-account = Already have an account?

password-show = Show the password
password-hide = Hide the password
