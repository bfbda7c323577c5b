"""Keycloak event-store JSON: one record, one event or none."""

from events import Event, name_value, origin_value, value

CREDENTIAL_REASONS = {
    "user_not_found": "unknown_user",
    "invalid_user_credentials": "bad_credential",
    "user_disabled": "disabled",
    "user_temporarily_disabled": "locked",
}

# Set-up and navigation errors: something around the journey broke, nobody guessed.
TECHNICAL_ERRORS = {
    "invalid_redirect_uri", "client_not_found", "invalid_request", "cookie_not_found",
    "ssl_required", "client_disabled", "invalid_client", "invalid_client_credentials",
    "realm_disabled", "invalid_code", "invalid_form", "invalid_config", "invalid_signature",
    "invalid_authn_request", "invalid_code_challenge_method", "pkce_verification_failed",
    "code_verifier_missing", "invalid_code_verifier", "session_expired",
    "user_session_not_found", "illegal_origin", "display_unsupported",
    "unknown_identity_provider",
}

OTP_TYPES = {"otp", "totp", "hotp"}
ENROLLED_FACTORS = {"otp": "otp", "webauthn": "passkey", "webauthn-passwordless": "passkey",
                    "recovery-authn-codes": "recovery_code"}
# These are about the request itself. Other reset errors happen at the last step.
RESET_REQUEST_ERRORS = {"user_not_found": "unknown_user", "user_disabled": "disabled",
                        "username_missing": "other", "invalid_email": "other"}

# Types that always mean the same: journey, step, outcome, method. A failure's reason is read
# from the record's error.
KEYCLOAK_TYPES = {
    "LOGIN": ("login", "complete", "success", None),
    "IDENTITY_PROVIDER_LOGIN_ERROR": ("login", "credential", "failure", "social"),
    "REGISTER": ("registration", "complete", "success", None),
    "REGISTER_ERROR": ("registration", "submit", "failure", None),
    "SEND_RESET_PASSWORD": ("password_reset", "request", "success", None),
    "SEND_RESET_PASSWORD_ERROR": ("password_reset", "request", "failure", None),
    "RESET_PASSWORD": ("password_reset", "complete", "success", "password"),
    "UPDATE_PASSWORD": ("password_reset", "complete", "success", "password"),
    "UPDATE_PASSWORD_ERROR": ("password_reset", "complete", "failure", "password"),
    "UPDATE_TOTP": ("mfa_enrolment", "complete", "success", "otp"),
    "UPDATE_TOTP_ERROR": ("mfa_enrolment", "verify", "failure", "otp"),
    "GRANT_CONSENT": ("consent", "complete", "success", None),
    "REVOKE_GRANT": ("account", "consent_revoked", "success", None),
    "REMOVE_TOTP": ("account", "factor_removed", "success", None),
    "REMOVE_CREDENTIAL": ("account", "factor_removed", "success", None),
    "UPDATE_EMAIL": ("account", "contact_changed", "success", None),
    "UPDATE_PROFILE": ("account", "contact_changed", "success", None),
    "USER_DISABLED_BY_PERMANENT_LOCKOUT": ("account", "locked", "success", None),
    "USER_DISABLED_BY_TEMPORARY_LOCKOUT": ("account", "locked", "success", None),
    "IMPERSONATE": ("account", "impersonated", "success", None),
    "LOGOUT": ("session", "end", "success", None),
    "REFRESH_TOKEN": ("session", "refresh", "success", None),
    "REFRESH_TOKEN_ERROR": ("session", "refresh", "failure", None),
    "CODE_TO_TOKEN_ERROR": ("session", "token", "failure", None),
}


def keycloak_reason(error):
    if error in CREDENTIAL_REASONS:
        return CREDENTIAL_REASONS[error]
    if error == "expired_code":
        return "expired"
    return "technical" if error in TECHNICAL_ERRORS else "other"


def keycloak_meaning(kind, error, details):
    """(journey, step, outcome, reason, method) of a record, or None where it is ignored."""
    credential_type = value(details.get("credential_type"))

    if kind == "LOGIN_ERROR":
        if error == "rejected_by_user":
            return ("consent", "prompt", "denied", "user_cancelled", None)
        if error == "expired_code" or error in TECHNICAL_ERRORS:
            return ("login", "start", "failure", keycloak_reason(error), None)
        second_factor = (value(details.get("selected_credential_id")) is not None
                         or credential_type in OTP_TYPES)
        if error == "invalid_user_credentials" and second_factor:
            return ("login", "mfa", "failure", "mfa_failed", "otp")
        return ("login", "credential", "failure", keycloak_reason(error), None)

    if kind == "RESET_PASSWORD_ERROR":
        if error in RESET_REQUEST_ERRORS:
            return ("password_reset", "request", "failure", RESET_REQUEST_ERRORS[error], None)
        if error == "expired_code":
            return ("password_reset", "open", "failure", "expired", None)
        return ("password_reset", "complete", "failure", keycloak_reason(error), None)

    if kind in ("EXECUTE_ACTION_TOKEN", "EXECUTE_ACTION_TOKEN_ERROR"):
        if value(details.get("action")) != "reset-credentials":
            return None
        if kind == "EXECUTE_ACTION_TOKEN":
            return ("password_reset", "open", "progress", None, None)
        return ("password_reset", "open", "failure", "expired", None)

    if kind in ("UPDATE_CREDENTIAL", "UPDATE_CREDENTIAL_ERROR"):
        failed = kind == "UPDATE_CREDENTIAL_ERROR"
        if credential_type == "password":
            twin = "UPDATE_PASSWORD_ERROR" if failed else "UPDATE_PASSWORD"
            return keycloak_meaning(twin, error, details)
        if credential_type not in ENROLLED_FACTORS:
            return None
        method = ENROLLED_FACTORS[credential_type]
        if failed:
            return ("mfa_enrolment", "verify", "failure", keycloak_reason(error), method)
        return ("mfa_enrolment", "complete", "success", None, method)

    if kind not in KEYCLOAK_TYPES:
        return None
    journey, step, outcome, method = KEYCLOAK_TYPES[kind]
    if kind == "REGISTER" and value(details.get("register_method")) == "broker":
        method = "social"
    reason = keycloak_reason(error) if outcome == "failure" else None
    return (journey, step, outcome, reason, method)


def keycloak_actor_kind(record, name):
    if name is not None and name.startswith("service-account-"):
        return "service"
    realms = (value(record.get("realmId")), value(record.get("realmName")))
    if "master" in realms:
        return "workforce"
    if value(record.get("clientId")) in ("security-admin-console", "admin-cli"):
        return "workforce"
    return "customer"


def read_keycloak(record):
    """(event or None, the vendor's id, tenant) of one record."""
    details = record.get("details")
    if not isinstance(details, dict):
        details = {}
    tenant = value(record.get("realmId")) or value(record.get("realmName"))
    vendor_id = value(record.get("id"))
    meaning = keycloak_meaning(value(record["type"]), value(record.get("error")), details)
    if meaning is None:
        return None, vendor_id, tenant
    journey, step, outcome, reason, method = meaning
    name = name_value(details.get("username"))
    subject = value(record.get("userId"))
    event = Event(
        at=int(record["time"]) * 1000,
        journey=journey, step=step, outcome=outcome, reason=reason, method=method,
        actor=name if name is not None else subject,
        kind=keycloak_actor_kind(record, name),
        correlation=value(details.get("code_id")),
        session=value(record.get("sessionId")),
        origin=origin_value(record.get("ipAddress")),
        tenant=tenant)
    return event, vendor_id, tenant
